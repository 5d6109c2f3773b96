/** Stack pointers of inner privilege levels, from the task-state segment (SDM 3A 5.8.5, 8.2.1, 8.7). */
import { isCanonical } from '../memory/segmented';
import { fail } from './errors';
import { faulted, Vector } from './exceptions';
import { Seg, segment } from './state';
import { knownTable, readTable } from './system';

/** In the type of a TSS: it is a 32-bit one. */
const TSS32: u32 = 8;

/** Results of the two functions below. */
export let innerPointer: u64 = 0;
export let innerSelector: u32 = 0;

function within(last: u32): bool {
  const task = segment(Seg.TR);
  if (last <= task.limit) return true;
  fail(Vector.TS, task.selector);
  return false;
}
/** SS:SP for privilege level `cpl` from a 16- or 32-bit TSS; false with #TS raised when the TSS is too short. */
export function readInnerStack(cpl: u32): bool {
  const base = segment(Seg.TR).base;
  if (segment(Seg.TR).access & TSS32) {
    const at = 4 + (cpl << 3);
    if (!within(at + 5)) return false;
    innerPointer = readTable<u32>(base + at);
    innerSelector = readTable<u16>(base + at + 4);
  } else {
    const at = 2 + (cpl << 2);
    if (!within(at + 3)) return false;
    innerPointer = readTable<u16>(base + at);
    innerSelector = readTable<u16>(base + at + 2);
  }
  return !faulted();
}
/** SS:ESP for level 0, if TR is a 32-bit TSS that the TLB knows; cannot fail. Not in IA-32e mode. */
// @ts-ignore: decorator
@inline export function readKnownInnerStack(): bool {
  const task = segment(Seg.TR);
  if (!(task.access & TSS32) || task.limit < 11) return false;
  const at = knownTable(<u32>task.base + 4);
  if (!at) return false;
  innerPointer = load<u32>(at);
  innerSelector = load<u16>(at, 4);
  return true;
}
/** The pointer at offset `at` of a 64-bit TSS: RSP0 to RSP2 from 4 on, IST1 to IST7 from 36 on. */
export function readInnerPointer(at: u32): bool {
  if (!within(at + 7)) return false;
  innerPointer = readTable<u64>(segment(Seg.TR).base + at);
  if (faulted()) return false;
  if (isCanonical(innerPointer)) return true;
  fail(Vector.SS, 0);
  return false;
}
