/**
 * Guest-physical memory: RAM from address 0 to its size, but for the legacy video window; everything else is the
 * MMIO bus. RAM below 1 MiB outside the video window stands in for shadowed ROM.
 */
import { RAM } from '../layout';
import { cpu } from '../cpu/state';
import * as mmio from '../bus/mmio';
import { storeRam } from './code-pages';

const VIDEO: u64 = 0xa0000;
const VIDEO_END: u64 = 0xc0000;

/** The address as the A20 gate lets it through. */
// @ts-ignore: decorator
@inline export function gateA20(physical: u64): u64 {
  return physical & cpu.a20Mask;
}
/** Is the page of `physical` (after the A20 gate) RAM? */
// @ts-ignore: decorator
@inline export function isRam(physical: u64): bool {
  return physical < <u64>cpu.ramSize && (physical < VIDEO || physical >= VIDEO_END);
}
// @ts-ignore: decorator
@inline export function hostAddress(physical: u64): usize {
  return RAM + <usize>physical;
}

/** Reads `T` at `physical`; must not cross a page. */
export function readPhysical<T>(physical: u64): T {
  const p = gateA20(physical);
  if (isRam(p)) return load<T>(hostAddress(p));
  if (sizeof<T>() == 8) return <T>((<u64>mmio.read(p, 4)) | ((<u64>mmio.read(p + 4, 4)) << 32));
  return <T>mmio.read(p, sizeof<T>());
}
export function writePhysical<T>(physical: u64, value: T): void {
  const p = gateA20(physical);
  if (isRam(p)) storeRam<T>(hostAddress(p), value);
  else if (sizeof<T>() == 8) {
    mmio.write(p, 4, <u32>value);
    mmio.write(p + 4, 4, <u32>((<u64>value) >> 32));
  } else mmio.write(p, sizeof<T>(), <u32>value);
}
