/**
 * A PCI function as seen by its device (PCI Local Bus 2.3, chapter 6): 256 bytes of configuration space, a mask of the
 * bits that the guest may write, one of those that it clears by writing 1, and address windows whose handlers are on
 * the bus while the window is enabled. A device makes a function, adds windows, and drives its interrupt pin; it knows
 * neither its addresses nor its interrupt line.
 *
 *   function block   0x000 header   0x018 six windows     0x100 configuration   0x200 writable   0x300 cleared by 1
 *
 * A window that would collide with registered ports or memory is not mapped: what was there first stays. Windows of
 * memory have 32-bit addresses, and RAM wins over them.
 */
import * as mmio from '../../bus/mmio';
import * as pio from '../../bus/pio';
import { bits, field } from '../../bus/section';
import { PCI_FUNCTION_COUNT, PCI_FUNCTION_SIZE, PCI_FUNCTIONS } from '../map';

/** After the guest wrote configuration space: (device, offset, size). */
export type ConfigHandler = (device: usize, offset: u32, size: u32) => void;


@unmanaged
export class PciFunction {
  /** Device number 7:3, function number 2:0. */
  devfn: u32;
  device: usize;
  onWrite: u32;
  /** The device asserts its interrupt pin. */
  asserted: u32;
  /** Only while it is restored: the windows that were mapped. */
  wasMapped: u32;
}
export namespace WindowKind {
  export const None: u32 = 0;
  export const Io: u32 = 1;
  export const Memory: u32 = 2;
}


@unmanaged
export class Window {
  /** Where it is mapped. */
  base: u64;
  size: u32;
  kind: u32;
  mapped: u32;
  device: usize;
  read: u32;
  write: u32;
  /** Configuration registers: its base address; the byte and bit that enable it. */
  register: u16;
  enableAt: u16;
  enableBit: u32;
}
const WINDOWS: usize = 0x18;
const WINDOW_SIZE: u32 = 40;
const WINDOW_COUNT: u32 = 6;
const CONFIG: usize = 0x100;
const WRITABLE: usize = 0x200;
const CLEARED: usize = 0x300;

export namespace Config {
  export const Vendor: u32 = 0x00;
  export const Device: u32 = 0x02;
  export const Command: u32 = 0x04;
  export const Status: u32 = 0x06;
  export const Revision: u32 = 0x08;
  export const HeaderType: u32 = 0x0e;
  export const Bar0: u32 = 0x10;
  export const Capabilities: u32 = 0x34;
  export const InterruptLine: u32 = 0x3c;
  export const InterruptPin: u32 = 0x3d;
}
export const COMMAND_IO: u32 = 1;
export const COMMAND_MEMORY: u32 = 2;
export const COMMAND_MASTER: u32 = 4;
export const COMMAND_INTX_OFF: u32 = 0x400;
export const STATUS_INTERRUPT: u32 = 8;
const COMMAND_WRITABLE: u32 = COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER | COMMAND_INTX_OFF;

export function functionAt(n: u32): PciFunction {
  return changetype<PciFunction>(PCI_FUNCTIONS + n * PCI_FUNCTION_SIZE);
}
export function windowOf(f: PciFunction, n: u32): Window {
  return changetype<Window>(changetype<usize>(f) + WINDOWS + n * WINDOW_SIZE);
}
export function config<T>(f: PciFunction, offset: u32): T {
  return load<T>(changetype<usize>(f) + CONFIG + offset);
}
/** The device's own write: masks do not count. */
export function setConfig<T>(f: PciFunction, offset: u32, value: T): void {
  store<T>(changetype<usize>(f) + CONFIG + offset, value);
}
export function setWritable<T>(f: PciFunction, offset: u32, bits: T): void {
  store<T>(changetype<usize>(f) + WRITABLE + offset, bits);
}
export function setCleared<T>(f: PciFunction, offset: u32, bits: T): void {
  store<T>(changetype<usize>(f) + CLEARED + offset, bits);
}

/** A new function in block `n`; `classRevision` is the dword at 8: class code and revision. */
export function create(n: u32, devfn: u32, vendor: u32, device: u32, classRevision: u32): PciFunction {
  if (offsetof<PciFunction>() > WINDOWS || offsetof<Window>() > WINDOW_SIZE) ERROR('PCI structs overlap');
  if (n >= PCI_FUNCTION_COUNT) unreachable();
  const f = functionAt(n);
  f.devfn = devfn;
  setConfig<u16>(f, Config.Vendor, <u16>vendor);
  setConfig<u16>(f, Config.Device, <u16>device);
  setConfig<u32>(f, Config.Revision, classRevision);
  setWritable<u16>(f, Config.Command, <u16>COMMAND_WRITABLE);
  setWritable<u8>(f, Config.InterruptLine, 0xff);
  return f;
}
export function onConfigWrite(f: PciFunction, device: usize, handler: ConfigHandler): void {
  f.device = device;
  f.onWrite = handler.index;
}
/** Base address register `n` (0 to 5) of `size` bytes, a power of two. */
export function addBar(
  f: PciFunction,
  n: u32,
  kind: u32,
  size: u32,
  device: usize,
  read: mmio.ReadHandler,
  write: mmio.WriteHandler,
): void {
  const register = Config.Bar0 + n * 4;
  setConfig<u32>(f, register, kind == WindowKind.Io ? 1 : 0);
  setWritable<u32>(f, register, ~(size - 1));
  const w = addWindow(f, n, kind, size, register, device, read, write);
  w.enableAt = <u16>Config.Command;
  w.enableBit = kind == WindowKind.Io ? COMMAND_IO : COMMAND_MEMORY;
}
/** A window whose base lies in configuration register `register`; the caller says what enables it. */
export function addWindow(
  f: PciFunction,
  n: u32,
  kind: u32,
  size: u32,
  register: u32,
  device: usize,
  read: mmio.ReadHandler,
  write: mmio.WriteHandler,
): Window {
  const w = windowOf(f, n);
  w.kind = kind;
  w.size = size;
  w.register = <u16>register;
  w.device = device;
  w.read = read.index;
  w.write = write.index;
  return w;
}

/** The guest reads; offset + size stays within a dword. */
export function readConfig(f: PciFunction, offset: u32, size: u32): u32 {
  if (size == 1) return config<u8>(f, offset);
  if (size == 2) return config<u16>(f, offset);
  return config<u32>(f, offset);
}
export function writeConfig(f: PciFunction, offset: u32, size: u32, value: u32): void {
  for (let i: u32 = 0; i < size; i++) writeByte(changetype<usize>(f) + offset + i, (value >> (i << 3)) & 0xff);
  remap(f);
  if (f.onWrite) call_indirect<void>(f.onWrite, f.device, offset, size);
}
function writeByte(at: usize, value: u32): void {
  const writable: u32 = load<u8>(at, WRITABLE);
  const old: u32 = load<u8>(at, CONFIG);
  const merged = (old & ~writable) | (value & writable);
  store<u8>(at, <u8>(merged & ~(value & load<u8>(at, CLEARED))), CONFIG);
}
/** RST#: what the guest may write is 0, windows are off. */
export function resetConfig(f: PciFunction): void {
  const at = changetype<usize>(f);
  for (let i: u32 = 0; i < 256; i++) {
    store<u8>(at + i, load<u8>(at + i, CONFIG) & ~(load<u8>(at + i, WRITABLE) | load<u8>(at + i, CLEARED)), CONFIG);
  }
  remap(f);
}

/** Brings the bus in line with base and enable registers. */
export function remap(f: PciFunction): void {
  for (let n: u32 = 0; n < WINDOW_COUNT; n++) {
    const w = windowOf(f, n);
    if (w.kind == WindowKind.None) continue;
    const base = <u64>(config<u32>(f, w.register) & ~(w.size - 1));
    const enabled = (config<u8>(f, w.enableAt) & w.enableBit) != 0;
    if (w.mapped && (!enabled || base != w.base)) unmap(w);
    if (enabled && !w.mapped) map(w, base);
  }
}
function unmap(w: Window): void {
  if (w.kind == WindowKind.Io) pio.unregister(<u32>w.base, w.size);
  else mmio.unregister(w.base);
  w.mapped = 0;
}
/** A base of 0 means that nobody has set it yet. */
function map(w: Window, base: u64): void {
  if (!base) return;
  const io = w.kind == WindowKind.Io;
  if (io ? !pio.isFree(<u32>base, w.size) : !mmio.isFree(base, w.size)) return;
  if (io) pio.registerIndexed(<u32>base, w.size, w.device, w.read, w.write);
  else mmio.registerIndexed(base, w.size, w.device, w.read, w.write);
  w.base = base;
  w.mapped = 1;
}

/** What the guest or the device may have changed of the configuration, and which windows are on the bus. */
export function persistFunction(f: PciFunction): void {
  const at = changetype<usize>(f);
  for (let i: u32 = 0; i < 256; i++) {
    const status = i == Config.Status ? <u8>STATUS_INTERRUPT : 0;
    const changes = load<u8>(at + i, WRITABLE) | load<u8>(at + i, CLEARED) | status;
    const old = load<u8>(at + i, CONFIG);
    store<u8>(at + i, (old & ~changes) | (field<u8>(old) & changes), CONFIG);
  }
  f.asserted = bits(f.asserted, 1);
  f.wasMapped = bits(mappedWindows(f), (1 << WINDOW_COUNT) - 1);
}
function mappedWindows(f: PciFunction): u32 {
  let mapped: u32 = 0;
  for (let n: u32 = 0; n < WINDOW_COUNT; n++) if (windowOf(f, n).mapped) mapped |= 1 << n;
  return mapped;
}
export function unmapAll(f: PciFunction): void {
  f.wasMapped = 0;
  for (let n: u32 = 0; n < WINDOW_COUNT; n++) if (windowOf(f, n).mapped) unmap(windowOf(f, n));
}
/** Once all functions are restored: those windows that were on the bus come back, where there is room. */
export function remapSaved(f: PciFunction): void {
  for (let n: u32 = 0; n < WINDOW_COUNT; n++) {
    const w = windowOf(f, n);
    if (w.kind == WindowKind.None || !((f.wasMapped >> n) & 1) || w.mapped) continue;
    const enabled = (config<u8>(f, w.enableAt) & w.enableBit) != 0;
    if (enabled) map(w, <u64>(config<u32>(f, w.register) & ~(w.size - 1)));
  }
}
