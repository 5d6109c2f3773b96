/** What translated code calls beside accesses (accesses.ts): instructions that only the interpreter has. */
import { setRemaining } from '../cpu/budget';
import { clearFault, faulted } from '../cpu/exceptions';
import { oddFlags } from '../cpu/flags';
import { setOperand } from '../cpu/operand';
import { CODE16, CODE32, cpu, segment } from '../cpu/state';
import { beginAt, here, onlyMoved, openWindow, standAt } from '../cpu/window';
import { Interpreter } from '../interpreter/backend';
import { Legacy, Long } from '../isa/kinds';
import { overflowsSigned } from '../isa/wide';
import { execute } from '../isa/one-byte';
import { escape as fpuEscape } from '../fpu/x87';
import { count, Counter } from '../counters';
import { FLOAT_DUE, FLOAT_REFUSED } from '../jit/float';
import { siteCount, siteLength } from '../jit/exits';
import { packFlags, unpackFlags } from './raw-flags';
import { currentMode, runningMode, siteRip } from './running';

// @ts-ignore: decorator
@inline const b: Interpreter = changetype<Interpreter>(0);
const PAGE: u32 = 0x1000;

/** Does the signed product of two u64 exceed 64 bits? */
export function jitMulOverflows(x: u64, y: u64): u32 {
  return <u32>overflowsSigned<u64>(x, y);
}
/**
 * Executes the x87 instruction at `rip`; `code` is its opcode and ModRM byte, the operand lies at `offset` in segment register
 * number `s`. 0: done, or what jit/float.ts says.
 */
export function jitFloat(offset: u64, s: u32, code: u32, rip: u64): u32 {
  standAt(rip);
  const cr2 = cpu.cr2;
  setOperand(segment(s), offset);
  fpuEscape(code >> 8, code & 0xff);
  if (onlyMoved()) return 0;
  if (!faulted()) return FLOAT_DUE;
  clearFault();
  cpu.cr2 = cr2;
  return FLOAT_REFUSED;
}
/**
 * Has the interpreter execute the instruction at `site`, whose bytes lie at host address `host`, with registers and flags
 * in memory; `left` instructions were left in the slice where its block began. 0: the region goes on with the next one.
 */
export function jitInterpret(host: u32, site: u32, left: i32): u32 {
  const page = host & ~(PAGE - 1);
  packFlags();
  openWindow(page, PAGE - 14, siteRip(site), host);
  setRemaining(left - <i32>siteCount(site) - 1);
  const at = beginAt();
  const op: u32 = load<u8>(<usize>at);
  if (cpu.codeMode == CODE32) execute<Interpreter, u32, Legacy>(b, op, at + 1);
  else if (cpu.codeMode == CODE16) execute<Interpreter, u16, Legacy>(b, op, at + 1);
  else execute<Interpreter, u32, Long>(b, op, at + 1);
  count(Counter.Helped);
  if (!onlyMoved() || here() != at + siteLength(site)) return 1;
  if (oddFlags() || currentMode() != runningMode()) return 1;
  unpackFlags();
  return 0;
}
