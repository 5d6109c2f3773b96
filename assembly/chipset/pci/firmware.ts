/**
 * What PCI firmware would have done: interrupt routes and line registers, addresses for the windows, decoding on.
 * This machine has no firmware, and guests expect its work to be done.
 */
import { functionCount, lineOf, pirqOf } from './bus';
import {
  COMMAND_IO,
  COMMAND_MEMORY,
  config,
  Config,
  functionAt,
  PciFunction,
  remap,
  setConfig,
  Window,
  WindowKind,
  windowOf,
} from './device';

const BARS: u32 = 6;
const ROUTES: u32 = 0x60;

export function setRoute(router: PciFunction, pirq: u32, line: u32): void {
  setConfig<u8>(router, ROUTES + pirq, <u8>line);
}
/** Gives base address registers aligned addresses, ports from `io` and memory from `memory` up. */
export function assign(io: u32, memory: u32): void {
  for (let n: u32 = 0; n < functionCount(); n++) {
    const f = functionAt(n);
    if (config<u8>(f, Config.InterruptPin)) setConfig<u8>(f, Config.InterruptLine, <u8>lineOf(pirqOf(f)));
    for (let b: u32 = 0; b < BARS; b++) {
      const w = windowOf(f, b);
      if (w.kind == WindowKind.None || w.enableAt != <u16>Config.Command) continue;
      if (w.kind == WindowKind.Io) io = place(f, w, io);
      else memory = place(f, w, memory);
    }
    remap(f);
  }
}
/** The next free address behind it. */
function place(f: PciFunction, w: Window, from: u32): u32 {
  const base = (from + w.size - 1) & ~(w.size - 1);
  const flags = config<u32>(f, w.register) & (w.kind == WindowKind.Io ? 3 : 15);
  setConfig<u32>(f, w.register, base | flags);
  const decode = w.kind == WindowKind.Io ? COMMAND_IO : COMMAND_MEMORY;
  setConfig<u16>(f, Config.Command, config<u16>(f, Config.Command) | (<u16>decode));
  return base + w.size;
}
