/**
 * The state of the machine as sections of a snapshot, for the host, which makes a file of them (docs/snapshot-format.md).
 * RAM is the host's to copy; memory/dirty.ts tells what has changed.
 *
 * A machine is restored into a core that has just been switched on, so all wiring is there: who answers at which port,
 * which function handles which timer. Sections hold nothing of that, and nothing that follows from other state.
 */
import * as clock from './bus/clock';
import { accepted, beginRestoring, beginSaving, savedBytes } from './bus/section';
import * as a20 from './chipset/a20';
import * as acpi from './chipset/acpi_pm';
import * as debug from './chipset/debug';
import * as dmaPages from './chipset/dma_pages';
import * as i8042 from './chipset/i8042/device';
import * as map from './chipset/map';
import * as rtc from './chipset/mc146818/device';
import * as pciBus from './chipset/pci/bus';
import * as pic from './chipset/pic8259/pair';
import * as pit from './chipset/pit8254/device';
import * as port61 from './chipset/port61';
import * as port92 from './chipset/port92';
import * as resetControl from './chipset/reset_control';
import * as uart from './chipset/uart16550/device';
import { persistCpu, resumeCpu } from './cpu/persist';
import { forgetCode } from './engine/engine';
import { persistFpu } from './fpu/persist';
import { writeText } from './text';
import { SECTION_TEXT } from './layout';
import { clearDirty as clearBits, markDirty as mark } from './memory/dirty';
import { hostAddress } from './memory/physical';
import { flushAll, forgetWritable } from './memory/tlb';
import { cpu } from './cpu/state';

export { DIRTY, SECTION } from './layout';

/**
 * Lines of: name, version of the layout, whether it may be missing (1: devices that came later stay as after power-on when
 * an old file lacks them). In the order in which they have to be restored.
 */
const LINES: string = `cpu 1 0
fpu 1 0
clock 1 0
a20 1 0
pic 1 0
pit 1 0
rtc 1 0
i8042 1 0
com1 1 0
com2 1 0
debug 1 0
acpi 1 0
pci 1 0
ports 1 0
`;
export const SECTIONS: usize = SECTION_TEXT;
writeText(SECTIONS, LINES);

/** In the order of the text. */
function persist(n: u32): void {
  switch (n) {
    case 0:
      return persistCpu();
    case 1:
      return persistFpu();
    case 2:
      return clock.persist();
    case 3:
      return a20.persist();
    case 4:
      return pic.persist();
    case 5:
      return pit.persist(map.PIT);
    case 6:
      return rtc.persist(map.RTC);
    case 7:
      return i8042.persist(map.I8042);
    case 8:
      return uart.persist(map.COM1);
    case 9:
      return uart.persist(map.COM2);
    case 10:
      return debug.persistConsole(map.DEBUG_CONSOLE);
    case 11:
      return acpi.persist(map.ACPI);
    case 12:
      return pciBus.persist();
    case 13:
      return persistPorts();
  }
}
/** Registers of a byte or a few that are no devices of their own. */
function persistPorts(): void {
  port61.persist(map.PORT61);
  port92.persist(map.PORT92);
  resetControl.persist(map.RESET_CONTROL);
  dmaPages.persist(map.DMA_PAGES);
}

/** Between two calls of `run`: puts section `n` into SECTION; its bytes. */
export function saveSection(n: u32): u32 {
  beginSaving();
  persist(n);
  return savedBytes();
}
/** The `length` bytes in SECTION are section `n`. 0: no machine has such a state, and this one is of no use any more. */
export function restoreSection(n: u32, length: u32): u32 {
  beginRestoring(length);
  persist(n);
  return accepted() ? 1 : 0;
}
/** After the last section was restored and RAM is there, or the last one saved: both machines go on alike from here. */
export function resume(): void {
  resumeCpu();
  forgetCode();
}
/** All sections were saved: what the TLB still knew of old page tables goes, as it does when they are restored. */
export function settleSaved(): void {
  flushAll();
}
/** Clears bits of all pages (memory/dirty.ts): what is written from now on sets them. */
export function clearDirty(bits: u32): void {
  clearBits(bits);
  forgetWritable();
}
/** The host has written `length` bytes of RAM at physical address `at`. */
export function markDirty(at: u32, length: u32): void {
  const end = min<u64>(<u64>at + length, cpu.ramSize);
  for (let p = (<u64>at) & ~0xfff; p < end; p += 0x1000) mark(hostAddress(p));
}
/** The machine has been away for so long, s: its clock chip goes on. */
export function stepClock(seconds: f64): void {
  rtc.stepForward(map.RTC, <u32>min(max(seconds, 0), 4e9));
}
/** General purpose event `n` of ACPI: `\\_GPE._E0n` tells the guest what it means (web/machine/boot/tables.ts). */
export function raiseEvent(n: u32): void {
  acpi.raiseEvent(map.ACPI, n);
}
