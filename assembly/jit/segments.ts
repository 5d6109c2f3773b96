/** From segment and offset to linear address in translated code: a flat segment costs nothing, another one a comparison and an addition. */
import { codeLimit } from '../cpu/prefix';
import { CODE64, cpu, Segment } from '../cpu/state';
import { loadAt, op } from './emit';
import { leaveIf, settle } from './exits';
import { get, keep, Local } from './local';
import { isFlat } from './mode';
import { getWide } from './values';
import { longCode, native } from './width';
import { ADD, COMPARE_64, GE_U, I32_LOAD, I64_LOAD } from './wasm';

function segmentBaseAt(s: Segment): usize {
  return changetype<usize>(s) + offsetof<Segment>('base');
}
function segmentEndAt(s: Segment): usize {
  return changetype<usize>(s) + offsetof<Segment>('safeEnd');
}
/**
 * Linear address of `offset` in segment `s`; leaves when Segment.safeEnd does not vouch for it. 64-bit code has no
 * limits, and an address that is not canonical matches no tag.
 */
export function linearOf(s: Segment, offset: Local): Local {
  if (isFlat(s)) return offset;
  if (!longCode()) {
    settle();
    getWide<u64>(offset);
    loadAt(I64_LOAD, segmentEndAt(s));
    op(GE_U + COMPARE_64);
    leaveIf();
  }
  loadAt(longCode() ? I64_LOAD : I32_LOAD, segmentBaseAt(s));
  get(offset);
  native(ADD);
  return keep<u64>();
}
/** Can no jump leave the code segment? Targets of 16- and 32-bit code have 32 bits at most. */
export function unlimited(): bool {
  return cpu.codeMode != CODE64 && codeLimit >= 0xffff_ffff;
}
