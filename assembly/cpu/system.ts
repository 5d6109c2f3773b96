/**
 * Accesses that the processor makes on its own behalf to descriptor tables and task-state segments. Their linear
 * addresses have 64 bits in all of IA-32e mode, compatibility mode included, else 32.
 */
import { readSystem, writeSystem } from '../memory/access';
import { setLinearWidth } from '../memory/segmented';
import { DELTA, entryOfTable, lastPage, READ } from '../memory/tlb';
import { CODE64, cpu, longMode } from './state';

function compatibility(): bool {
  return longMode() && cpu.codeMode != CODE64;
}
export function readTable<T>(linear: u64): T {
  const at = longMode() ? linear : linear & 0xffff_ffff;
  const entry = entryOfTable(at, false);
  if (load<u64>(entry, READ) == lastPage<T>(at)) return load<T>(<u32>at + load<u32>(entry, DELTA));
  return readTableSlow<T>(at);
}
/** Host address of the 8 bytes at `linear` if the TLB has them, else 0. Not in IA-32e mode. */
// @ts-ignore: decorator
@inline export function knownTable(linear: u32): usize {
  const entry = entryOfTable(linear, false);
  return load<u64>(entry, READ) == lastPage<u64>(linear) ? <usize>linear + load<u32>(entry, DELTA) : 0;
}
/** What lies there, 0: the TLB does not have it. */
// @ts-ignore: decorator
@inline export function knownWord(linear: u32): u64 {
  const entry = entryOfTable(linear, false);
  if (load<u64>(entry, READ) != lastPage<u64>(linear)) return 0;
  return load<u64>(<usize>linear + load<u32>(entry, DELTA));
}
function readTableSlow<T>(linear: u64): T {
  const narrow = compatibility();
  if (narrow) setLinearWidth(true);
  const v = readSystem<T>(linear);
  if (narrow) setLinearWidth(false);
  return v;
}
export function writeTable<T>(linear: u64, value: T): void {
  if (!longMode()) {
    writeSystem<T>(linear & 0xffff_ffff, value);
    return;
  }
  const narrow = compatibility();
  if (narrow) setLinearWidth(true);
  writeSystem<T>(linear, value);
  if (narrow) setLinearWidth(false);
}
