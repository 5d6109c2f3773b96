/**
 * The chipset alone, without an interpreter: what a test of it needs to see and to do. Not part of the core; compiled
 * by test/chipset/machine.ts. Guest time is the instruction clock, moved by hand.
 */
import * as interrupts from '../../bus/interrupts';
import * as clock from '../../bus/clock';
import * as mmio from '../../bus/mmio';
import * as pio from '../../bus/pio';
import * as timers from '../../bus/timers';
import { attachKeyboard, receive } from '../i8042/state';
import { I8042 } from '../map';
import * as pciBus from '../pci/bus';
import * as pci from '../pci/device';
import { RINGS } from '../../layout';
import { cpu } from '../../cpu/state';
import { initTlb } from '../../memory/tlb';
import * as pc from '../../pc';

export { consoleInput, debugExitCode, outcome, pressPowerButton, resetDevices as reset, setOption } from '../../pc';
export const rings: i32 = <i32>RINGS;

export function powerOn(ramBytes: u32, epochSeconds: f64): void {
  initTlb();
  cpu.ramSize = ramBytes;
  cpu.a20Mask = ~(<u64>0);
  clock.init(true, <u64>epochSeconds);
  pc.powerOnDevices();
}
export function time(): f64 {
  return <f64>clock.now();
}
/** Time passes; timers run at their deadlines. */
export function advance(ns: f64): void {
  const until = clock.now() + <u64>ns;
  while (timers.next() <= until) {
    clock.skipTo(timers.next());
    timers.runDue();
  }
  clock.skipTo(until);
}
/** Time passes unseen, as on a slow host; then timers run. */
export function stall(ns: f64): void {
  clock.skipTo(clock.now() + <u64>ns);
  timers.runDue();
}
export function nextDeadline(): f64 {
  const next = timers.next();
  return next == timers.NEVER ? Infinity : <f64>next;
}
export function portRead(port: u32, size: u32): u32 {
  return pio.read(port, size);
}
export function portWrite(port: u32, size: u32, value: u32): void {
  pio.write(port, size, value);
}
export function memoryRead(address: u32, size: u32): u32 {
  return mmio.read(address, size);
}
export function setIrq(line: u32, level: bool): void {
  interrupts.setIrq(line, level);
}
export function intr(): u32 {
  return cpu.intr;
}
export function acknowledge(): u32 {
  return interrupts.acknowledge();
}
export function a20(): bool {
  return cpu.a20Mask == ~(<u64>0);
}

/** A keyboard that answers each byte with its complement. */
export function plugKeyboard(): void {
  attachKeyboard(I8042, 0, (device: usize, byte: u32) => {
    receive(I8042, false, ~byte & 0xff);
  });
}
export function keyboardSends(byte: u32): bool {
  return receive(I8042, false, byte);
}
/** A PCI function with one window of 32 ports, one of 4 KiB, on INTA#. Windows read as offset + a constant. */
export function plugPci(device: u32): void {
  const f = pciBus.add(device << 3, 0x1af4, 0x1000, 0x0200_0000);
  pci.setConfig<u8>(f, pci.Config.InterruptPin, 1);
  pci.addBar(f, 0, pci.WindowKind.Io, 32, 0x100, readWindow, writeWindow);
  pci.addBar(f, 1, pci.WindowKind.Memory, 4096, 0x200, readWindow, writeWindow);
}
function readWindow(device: usize, offset: u32, size: u32): u32 {
  return <u32>device + offset;
}
function writeWindow(device: usize, offset: u32, size: u32, value: u32): void {}
/** The function last plugged in drives its pin. */
export function pciInterrupt(level: bool): void {
  pciBus.setInterrupt(pci.functionAt(pciBus.functionCount() - 1), level);
}
