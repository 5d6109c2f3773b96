/**
 * How many instructions the running slice may still retire, and how many were retired in all. The count is exact at
 * every instruction boundary, whoever asks (clock, TSC, statistics).
 */
import { cpu } from './state';

let left: i32 = 0;

/** Starts a slice of `budget` instructions. */
export function grant(budget: i32): void {
  left = budget;
  cpu.instructions += budget; // `left` of them are still to be retired
}
/** Ends the slice: what is left is not retired. */
export function settle(): void {
  cpu.instructions -= left;
  left = 0;
}
// @ts-ignore: decorator
@inline export function hasBudget(): bool {
  return left > 0;
}
// @ts-ignore: decorator
@inline export function spend(): void {
  left--;
}
/** What is left of the slice; and the same for one who counts himself for a while (engine/dispatch.ts). */
// @ts-ignore: decorator
@inline export function remaining(): i32 {
  return left;
}
// @ts-ignore: decorator
@inline export function setRemaining(n: i32): void {
  left = n;
}
/** Cuts the slice to at most `n` more instructions. */
export function limit(n: u64): void {
  if (n >= <u64>left) return;
  cpu.instructions -= left - n;
  left = <i32>n;
}
/** Instructions retired since power-on. */
export function retired(): u64 {
  return cpu.instructions - left;
}
