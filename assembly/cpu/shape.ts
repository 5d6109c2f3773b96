/**
 * Has anything changed that shapes translated code (jit/mode.ts): the mode, the stack's width, segments? Whoever changes
 * it says so here, and the translator looks again. Transient.
 */
let changed: bool = true;

export function noteShapeChange(): void {
  changed = true;
}
/** Since the last call. */
// @ts-ignore: decorator
@inline export function shapeChanged(): bool {
  return changed;
}
export function takeShapeChange(): void {
  changed = false;
}
