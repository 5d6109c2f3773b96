/**
 * The PC: which devices there are, and where. The only file that knows port numbers, addresses and interrupt lines;
 * those are the IBM PC/AT's, the rest as 82371SB/AB and common practice have it.
 */
import { bind } from './bus/interrupts';
import * as pio from './bus/pio';
import * as acpi from './chipset/acpi_pm';
import * as debug from './chipset/debug';
import * as dmaPages from './chipset/dma_pages';
import * as i8042 from './chipset/i8042/device';
import {
  ACPI,
  COM1,
  COM2,
  DEBUG_CONSOLE,
  DMA_PAGES,
  I8042,
  PIC_MASTER,
  PIC_SLAVE,
  PIT,
  PORT61,
  PORT92,
  RESET_CONTROL,
  RTC,
} from './chipset/map';
import * as rtc from './chipset/mc146818/device';
import { clearOutcome } from './bus/outcome';
import * as bridges from './chipset/pci/bridges';
import * as pciBus from './chipset/pci/bus';
import { functionAt, remap, setConfig } from './chipset/pci/device';
import * as pciFirmware from './chipset/pci/firmware';
import * as pic from './chipset/pic8259/pair';
import * as pit from './chipset/pit8254/device';
import * as port61 from './chipset/port61';
import * as port92 from './chipset/port92';
import * as resetControl from './chipset/reset_control';
import { ringAt } from './chipset/ring';
import * as uart from './chipset/uart16550/device';
import { cpu } from './cpu/state';

export { Outcome, outcome, outcomeCode as debugExitCode, request } from './bus/outcome';

// Interrupt lines
const IRQ_TIMER: u32 = 0;
const IRQ_KEYBOARD: u32 = 1;
const IRQ_COM2: u32 = 3;
const IRQ_COM1: u32 = 4;
const IRQ_RTC: u32 = 8;
export const IRQ_SCI: u32 = 9;
const IRQ_PCI_EVEN: u32 = 10;
const IRQ_PCI_ODD: u32 = 11;
const IRQ_AUX: u32 = 12;

// PCI functions: device number * 8 + function
const HOST_BRIDGE: u32 = 0;
const ISA_BRIDGE: u32 = 1 << 3;
const POWER_MANAGEMENT: u32 = (1 << 3) | 3;
/** Blocks of these functions on the bus, in the order in which they are added. */
const ISA_BRIDGE_BLOCK: u32 = 1;
const POWER_MANAGEMENT_BLOCK: u32 = 2;
/** Where firmware would have put PCI windows, and the ACPI block (ACPI tables need it too). */
const PCI_PORTS: u32 = 0xc000;
const PCI_MEMORY: u32 = 0xfe00_0000;
export const PM_BASE: u32 = 0x600;

const DEBUG_EXIT_PORT: u32 = 0xf4;
const DEBUG_EXIT_PORTS: u32 = 4;
const DEBUG_CONSOLE_PORT: u32 = 0xe9;
/** Console rings. */
const RING_COM1: u32 = 0;
const RING_COM2: u32 = 1;
const RING_DEBUG: u32 = 3;

export namespace Option {
  export const DebugExit: u32 = 0;
  export const DebugConsole: u32 = 1;
  /** Encodings that raise #UD are written to the trace (cpu/undefined.ts). */
  export const TraceUndefined: u32 = 2;
}

/** Once, on zeroed memory, after clock and RAM size are known: all devices, wired and reset. */
export function powerOnDevices(): void {
  bind(pic.setLine, pic.acknowledge);
  attachDevices();
  registerSystemPorts();
  registerDevicePorts();
  bridges.addHostBridge(HOST_BRIDGE);
  bridges.addIsaBridge(ISA_BRIDGE);
  bridges.addPowerManagement(POWER_MANAGEMENT, ACPI);
  resetDevices();
}
function attachDevices(): void {
  pit.attach(PIT, IRQ_TIMER);
  port61.attach(PORT61, PIT);
  rtc.attach(RTC, IRQ_RTC, cpu.ramSize);
  i8042.attach(I8042, IRQ_KEYBOARD, IRQ_AUX);
  uart.attach(COM1, IRQ_COM1, ringAt(RING_COM1));
  uart.attach(COM2, IRQ_COM2, ringAt(RING_COM2));
  acpi.attach(ACPI, IRQ_SCI);
  debug.attachConsole(DEBUG_CONSOLE, ringAt(RING_DEBUG));
}
function registerSystemPorts(): void {
  pio.register(0x20, 2, PIC_MASTER, pic.read, pic.write);
  pio.register(0xa0, 2, PIC_SLAVE, pic.read, pic.write);
  pio.register(0x4d0, 2, PIC_MASTER, pic.readTrigger, pic.writeTrigger);
  pio.register(0x61, 1, PORT61, port61.read, port61.write);
  pio.register(0x80, 16, DMA_PAGES, dmaPages.read, dmaPages.write);
  pio.register(0x92, 1, PORT92, port92.read, port92.write);
  pio.register(0xcf8, 1, 0, pciBus.readAddress, pciBus.writeAddress);
  pio.register(0xcf9, 1, RESET_CONTROL, resetControl.read, resetControl.write);
  pio.register(0xcfc, 4, 0, pciBus.readData, pciBus.writeData);
}
function registerDevicePorts(): void {
  pio.register(0x40, 4, PIT, pit.read, pit.write);
  pio.register(0x60, 1, I8042, i8042.readData, i8042.writeData);
  pio.register(0x64, 1, I8042, i8042.readStatus, i8042.writeCommand);
  pio.register(0x70, 2, RTC, rtc.read, rtc.write);
  pio.register(0x3f8, 8, COM1, uart.read, uart.write);
  pio.register(0x2f8, 8, COM2, uart.read, uart.write);
}

/** Hard reset of everything but time, CMOS and RAM; then what firmware would have set up. */
export function resetDevices(): void {
  clearOutcome();
  pic.reset();
  pit.reset(PIT);
  port61.reset(PORT61);
  rtc.reset(RTC);
  i8042.reset(I8042);
  port92.reset(PORT92);
  resetControl.reset(RESET_CONTROL);
  dmaPages.reset(DMA_PAGES);
  uart.reset(COM1);
  uart.reset(COM2);
  acpi.reset(ACPI);
  pciBus.reset();
  setUpAsFirmware();
}
/** Interrupt routes of PCI, level triggered as they and the SCI have to be; the ACPI block; addresses of windows. */
function setUpAsFirmware(): void {
  const router = functionAt(ISA_BRIDGE_BLOCK);
  for (let pirq: u32 = 0; pirq < 4; pirq++) pciFirmware.setRoute(router, pirq, pirq & 1 ? IRQ_PCI_ODD : IRQ_PCI_EVEN);
  pic.writeTrigger(PIC_MASTER, 1, 1, (1 << (IRQ_SCI - 8)) | (1 << (IRQ_PCI_EVEN - 8)) | (1 << (IRQ_PCI_ODD - 8)));
  const power = functionAt(POWER_MANAGEMENT_BLOCK);
  setConfig<u32>(power, bridges.PM_BASE, PM_BASE | 1);
  setConfig<u8>(power, bridges.PM_ENABLE, 1);
  remap(power);
  pciFirmware.assign(PCI_PORTS, PCI_MEMORY);
  // 8 data bits, no parity, one stop bit: kernels may print before they set the line up.
  uart.write(COM1, 3, 1, 3);
  uart.write(COM2, 3, 1, 3);
}

/** Devices and traces for test guests, off at power-on. False: there is no such option. */
export function setOption(option: u32, value: u32): bool {
  if (option == Option.DebugExit) {
    place(DEBUG_EXIT_PORT, DEBUG_EXIT_PORTS, value != 0, 0, debug.readExit, debug.writeExit);
  } else if (option == Option.DebugConsole) {
    place(DEBUG_CONSOLE_PORT, 1, value != 0, DEBUG_CONSOLE, debug.readConsole, debug.writeConsole);
  } else if (option == Option.TraceUndefined) cpu.traceUndefined = value;
  else return false;
  return true;
}
function place(
  port: u32,
  length: u32,
  present: bool,
  device: usize,
  read: (device: usize, offset: u32, size: u32) => u32,
  write: (device: usize, offset: u32, size: u32, value: u32) => void,
): void {
  const free = pio.isFree(port, length);
  if (present && free) pio.register(port, length, device, read, write);
  else if (!present && !free) pio.unregister(port, length);
}

/** The host has put bytes into console ring `port`. */
export function consoleInput(port: u32): void {
  if (port == RING_COM1) uart.onInput(COM1);
  else if (port == RING_COM2) uart.onInput(COM2);
}
export function pressPowerButton(): void {
  acpi.pressPowerButton(ACPI);
}
/** Port 70h, bit 7: NMI stays away from the CPU. */
export function nmiMasked(): bool {
  return rtc.nmiMasked(RTC);
}
