/**
 * Has anything changed that shapes translated code (jit/mode.ts): the mode, the stack's width, segments? Whoever changes
 * it says so here, and the translator looks again. Transient.
 */
import { Seg } from './state';

let changed: bool = true;
/** Which segments are flat, a bit each. */
let flat: u32 = 0;
/** ES, SS and DS: of the others code reads the base each time. */
const SHAPING: u32 = (1 << Seg.ES) | (1 << Seg.SS) | (1 << Seg.DS);
let codeBase: u64 = 0;
let codeLimit: u32 = 0;

export function noteShapeChange(): void {
  changed = true;
}
/** Segment register number `s` has been loaded: is it flat now? */
export function noteSegment(s: u32, isFlat: bool): void {
  const now = isFlat ? flat | (1 << s) : flat & ~(1 << s);
  if ((now ^ flat) & SHAPING) changed = true;
  flat = now;
}
/** The same for CS. */
export function noteCode(base: u64, limit: u32): void {
  if (base != codeBase || limit != codeLimit) changed = true;
  codeBase = base;
  codeLimit = limit;
}
/** Since the last call. */
// @ts-ignore: decorator
@inline export function shapeChanged(): bool {
  return changed;
}
export function takeShapeChange(): void {
  changed = false;
}
