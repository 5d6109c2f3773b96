/**
 * PCI bus 0: configuration mechanism 1 (PCI Local Bus 2.3, 3.2.2.3.2) and the way of the interrupt pins.
 *
 * CONFIG_ADDRESS: enable 31, bus 23:16, device and function 15:8, register 7:2. Only dword accesses reach it.
 *
 * INTA# to INTD# of device d go to PIRQ (pin + d - 1) mod 4; the ISA bridge's registers 60h to 63h say which interrupt
 * line each PIRQ is (82371SB data sheet, PIRQRC). A line is up while any of its PIRQs is: devices may share.
 */
import { setIrq } from '../../bus/interrupts';
import { atMost, bits, demand, field, isRestoring } from '../../bus/section';
import { PCI_BUS, PCI_FUNCTION_COUNT } from '../map';
import {
  COMMAND_INTX_OFF,
  config,
  Config,
  create,
  functionAt,
  PciFunction,
  persistFunction,
  readConfig,
  remapSaved,
  resetConfig,
  setConfig,
  STATUS_INTERRUPT,
  unmapAll,
  writeConfig,
} from './device';


@unmanaged
class Bus {
  address: u32;
  functions: u32;
  /** Block number + 1 of the ISA bridge, which routes interrupts. */
  router: u32;
  /** Interrupt lines that PIRQs hold up. */
  driven: u32;
}
// @ts-ignore: decorator
@inline const bus: Bus = changetype<Bus>(PCI_BUS);
const ENABLE: u32 = 0x8000_0000;
const ROUTES: u32 = 0x60;
const ROUTE_OFF: u32 = 0x80;

/** A new function on the bus; two with the same number are a fault of the machine's own wiring: it traps. */
export function add(devfn: u32, vendor: u32, device: u32, classRevision: u32): PciFunction {
  if (find(devfn) || bus.functions == PCI_FUNCTION_COUNT) unreachable();
  return create(bus.functions++, devfn, vendor, device, classRevision);
}
export function setRouter(f: PciFunction): void {
  for (let n: u32 = 0; n < bus.functions; n++) if (functionAt(n) == f) bus.router = n + 1;
}
export function functionCount(): u32 {
  return bus.functions;
}
export function reset(): void {
  bus.address = 0;
  for (let n: u32 = 0; n < bus.functions; n++) {
    functionAt(n).asserted = 0;
    resetConfig(functionAt(n));
  }
  routeInterrupts();
}
function find(devfn: u32): PciFunction | null {
  for (let n: u32 = 0; n < bus.functions; n++) if (functionAt(n).devfn == devfn) return functionAt(n);
  return null;
}

/** A device drives the interrupt pin of its function. */
export function setInterrupt(f: PciFunction, level: bool): void {
  f.asserted = level;
  const status = config<u16>(f, Config.Status) & ~(<u16>STATUS_INTERRUPT);
  setConfig<u16>(f, Config.Status, level ? status | (<u16>STATUS_INTERRUPT) : status);
  routeInterrupts();
}
/** The PIRQ of a function's pin. */
export function pirqOf(f: PciFunction): u32 {
  return (config<u8>(f, Config.InterruptPin) + (f.devfn >> 3) - 2) & 3;
}
/** The interrupt line of a PIRQ; 16: none. */
export function lineOf(pirq: u32): u32 {
  if (!bus.router) return 16;
  const route: u32 = config<u8>(functionAt(bus.router - 1), ROUTES + pirq);
  return route & ROUTE_OFF ? 16 : route & 15;
}
function routeInterrupts(): void {
  let wanted: u32 = 0;
  for (let n: u32 = 0; n < bus.functions; n++) {
    const f = functionAt(n);
    if (f.asserted && !(config<u16>(f, Config.Command) & COMMAND_INTX_OFF)) wanted |= 1 << lineOf(pirqOf(f));
  }
  const changed = (wanted ^ bus.driven) & 0xffff;
  bus.driven = wanted;
  for (let line: u32 = 0; line < 16; line++) if ((changed >> line) & 1) setIrq(line, ((wanted >> line) & 1) != 0);
}

export function readAddress(device: usize, offset: u32, size: u32): u32 {
  return size == 4 ? bus.address : 0xffff_ffff;
}
export function writeAddress(device: usize, offset: u32, size: u32, value: u32): void {
  if (size == 4) bus.address = value & 0x80ff_fffc;
}
/** The function that CONFIG_ADDRESS names, on bus 0. */
function selected(): PciFunction | null {
  if (!(bus.address & ENABLE) || (bus.address >> 16) & 0xff) return null;
  return find((bus.address >> 8) & 0xff);
}
export function readData(device: usize, offset: u32, size: u32): u32 {
  const f = selected();
  if (!f || offset + size > 4) return 0xffff_ffff;
  return readConfig(f, (bus.address & 0xfc) + offset, size);
}
export function writeData(device: usize, offset: u32, size: u32, value: u32): void {
  const f = selected();
  if (!f || offset + size > 4) return;
  writeConfig(f, (bus.address & 0xfc) + offset, size, value);
  // Routes, or a function's own switch, may have changed.
  routeInterrupts();
}

/** Functions that this machine has and the section has not stay as they are after power-on. */
export function persist(): void {
  bus.address = bits(bus.address, 0x80ff_fffc);
  const count = atMost(bus.functions, PCI_FUNCTION_COUNT);
  if (isRestoring()) for (let n: u32 = 0; n < bus.functions; n++) unmapAll(functionAt(n));
  for (let n: u32 = 0; n < count; n++) {
    const devfn = field<u32>(functionAt(n).devfn);
    const f = find(devfn);
    demand(f != null);
    if (!f) return;
    persistFunction(f);
  }
  if (isRestoring()) for (let n: u32 = 0; n < bus.functions; n++) remapSaved(functionAt(n));
  // The lines themselves are the interrupt controller's
  bus.driven = bits(bus.driven, 0x1_ffff);
}
