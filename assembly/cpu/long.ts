/** Interrupts and exceptions in IA-32e mode (SDM 3A 6.14): 64-bit gates, the interrupt stack table, 64-bit frames. */
import { isCanonical } from '../memory/segmented';
import { checkTarget, currentRip, enterCode, findCode } from './code';
import {
  dplOf,
  gateOffset,
  gateSelector,
  isConforming,
  isPresent,
  markAccessed,
  System,
  typeOf,
  widthBits,
} from './descriptors';
import { checkHandler, flagImage, handlerPresent, openTo } from './delivery';
import { fail, failGate } from './errors';
import { faulted, Vector } from './exceptions';
import { writeFlags } from './flagops';
import { innerPointer, readInnerPointer } from './inner';
import { cacheNull } from './segments';
import { commitStack, pushStack, roomFor, useLongStack } from './stack';
import { cpu, FL_IF, FL_NT, FL_RF, FL_TF, FL_VM, Gpr, gpr, Seg, segment } from './state';
import { readTable } from './system';

export function deliverLong(vector: u32, hasCode: bool, code: u32, kind: u32): void {
  if ((vector << 4) + 15 > cpu.idtLimit) {
    failGate(Vector.GP, vector);
    return;
  }
  const at = cpu.idtBase + (vector << 4);
  const gate = readTable<u64>(at);
  const high = readTable<u64>(at + 8);
  if (faulted()) return;
  const type = typeOf(gate);
  if ((type != System.InterruptGate32 && type != System.TrapGate32) || !openTo(gate, kind)) {
    failGate(Vector.GP, vector);
    return;
  }
  if (!isPresent(gate)) {
    failGate(Vector.NP, vector);
    return;
  }
  const target = (<u64>gateOffset(gate)) | (high << 32);
  const selector = gateSelector(gate);
  const d = findCode(selector);
  if (faulted() || !checkHandler(selector, d)) return;
  if (widthBits(d) != 1) {
    fail(Vector.GP, selector);
    return;
  }
  if (!handlerPresent(selector, d)) return;
  enterHandler(
    selector,
    d,
    target,
    (<u32>(gate >> 32)) & 7,
    type == System.InterruptGate32,
    flagImage(vector, kind),
    hasCode,
    code,
  );
}
function enterHandler(
  selector: u32,
  d: u64,
  target: u64,
  ist: u32,
  shut: bool,
  image: u32,
  hasCode: bool,
  code: u32,
): void {
  const inner = !isConforming(d) && dplOf(d) < cpu.cpl;
  const cpl = inner ? dplOf(d) : cpu.cpl;
  if (!chooseStack(ist, inner, cpl)) return;
  if (!roomFor(hasCode ? 6 : 5, 8) || !checkTarget(d, target)) return;
  pushStack(segment(Seg.SS).selector, 8);
  pushStack(gpr<u64>(Gpr.RSP), 8);
  pushStack(image, 8);
  pushStack(segment(Seg.CS).selector, 8);
  pushStack(currentRip(), 8);
  if (hasCode) pushStack(code, 8);
  if (faulted() || !markAccessed(selector, d)) return;
  commitStack();
  writeFlags(0, FL_TF | FL_NT | FL_RF | FL_VM | (shut ? FL_IF : 0));
  enterCode(selector, d, cpl, target);
  if (inner) cacheNull(Seg.SS, cpl);
}
/** Always aligned to 16 bytes (SDM 3A 6.14.2). */
function chooseStack(ist: u32, inner: bool, cpl: u32): bool {
  let rsp = gpr<u64>(Gpr.RSP);
  if (ist || inner) {
    if (!readInnerPointer(ist ? 28 + (ist << 3) : 4 + (cpl << 3))) return false;
    rsp = innerPointer;
  }
  if (!isCanonical(rsp)) {
    fail(Vector.SS, 0);
    return false;
  }
  useLongStack(rsp & ~0xf, cpl);
  return true;
}
