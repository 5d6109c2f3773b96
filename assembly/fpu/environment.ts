/**
 * FNSTENV, FLDENV, FNSAVE, FRSTOR (SDM vol. 1, 8.1.10 and figures 8-9 to 8-12).
 *
 *   32 bits: CW SW TW in the low halves of three dwords, FIP, FCS and FOP, FDP, FDS          28 bytes
 *   16 bits: the same seven fields as words, without FOP                                     14 bytes
 *   real mode: linear addresses instead of selector and offset, their bits 16 and up above FOP
 *
 * INVARIANT: nothing changes on a fault, neither memory nor state: the whole range is probed first.
 */
import {
  fault,
  load16,
  load32,
  load64,
  load8,
  operandSize16,
  probeWrite,
  protectedMode,
  store16,
  store32,
  store64,
} from './host';
import { fpu, isEmpty, put, se, sig, st } from './state';
import { initialize, maskAll, refreshSummary, setControl } from './control';
import { EXP, INTEGER } from './float80/format';

const REGISTERS_SIZE: u32 = 80;

// @ts-ignore: decorator
@inline function environmentSize(): u32 {
  return operandSize16() ? 14 : 28;
}

/** The full tag word: 0 valid, 1 zero, 2 special, 3 empty, by physical register. */
export function tagWord(): u32 {
  let word: u32 = 0;
  for (let r: u32 = 0; r < 8; r++) {
    const i = (r - (fpu.status >> 11)) & 7;
    word |= (isEmpty(i) ? 3 : tag(st(i))) << (r * 2);
  }
  return word;
}

function tag(register: usize): u32 {
  const e = se(register) & EXP,
    s = sig(register);
  if (e == 0 && s == 0) return 1;
  return e == 0 || e == EXP || (s & INTEGER) == 0 ? 2 : 0;
}

function setTagWord(word: u32): void {
  fpu.full = 0;
  for (let r = 0; r < 8; r++) if (((word >> (r * 2)) & 3) != 3) fpu.full |= 1 << r;
}

function writeEnvironment(): void {
  const ip = <u32>fpu.ip,
    dp = <u32>fpu.dp;
  if (protectedMode()) {
    if (operandSize16()) write16(ip, fpu.cs, dp, fpu.ds);
    else write32(ip, fpu.cs | (fpu.opcode << 16), dp, fpu.ds | 0xffff0000);
    return;
  }
  const linearIp = ip + (fpu.cs << 4),
    linearDp = dp + (fpu.ds << 4);
  if (operandSize16()) {
    write16(linearIp, ((linearIp >> 4) & 0xf000) | fpu.opcode, linearDp, (linearDp >> 4) & 0xf000);
  } else {
    write32(
      linearIp | 0xffff0000,
      ((linearIp >> 4) & 0x0ffff000) | fpu.opcode,
      linearDp | 0xffff0000,
      (linearDp >> 4) & 0x0ffff000,
    );
  }
}

function write16(ip: u32, code: u32, dp: u32, data: u32): void {
  store16(0, fpu.control);
  store16(2, fpu.status);
  store16(4, tagWord());
  store16(6, ip & 0xffff);
  store16(8, code & 0xffff);
  store16(10, dp & 0xffff);
  store16(12, data & 0xffff);
}

function write32(ip: u32, code: u32, dp: u32, data: u32): void {
  store32(0, fpu.control | 0xffff0000);
  store32(4, fpu.status | 0xffff0000);
  store32(8, tagWord() | 0xffff0000);
  store32(12, ip);
  store32(16, code);
  store32(20, dp);
  store32(24, data);
}

function readEnvironment(): void {
  const short = operandSize16();
  const step: u32 = short ? 2 : 4;
  setControl(load16(0));
  fpu.status = load16(step);
  setTagWord(load16(2 * step));
  const ip = short ? load16(6) : load32(12),
    code = short ? load16(8) : load32(16),
    dp = short ? load16(10) : load32(20),
    data = short ? load16(12) : load32(24);
  if (protectedMode()) readProtected(ip, code, dp, data, short);
  else readReal(ip & 0xffff, code, dp & 0xffff, data);
  refreshSummary();
}

function readProtected(ip: u32, code: u32, dp: u32, data: u32, short: bool): void {
  fpu.ip = ip;
  fpu.cs = code & 0xffff;
  fpu.dp = dp;
  fpu.ds = data & 0xffff;
  if (!short) fpu.opcode = (code >> 16) & 0x7ff;
}

/** The linear addresses come back as offsets from selector 0. */
function readReal(ip: u32, code: u32, dp: u32, data: u32): void {
  fpu.ip = ip | ((code & 0x0ffff000) << 4);
  fpu.cs = 0;
  fpu.dp = dp | ((data & 0x0ffff000) << 4);
  fpu.ds = 0;
  fpu.opcode = code & 0x7ff;
}

/** Can all of the range be read? It spans two pages at most, so its ends decide, and the first word about alignment. */
function probeRead(length: u32): bool {
  load8(length - 1);
  if (fault()) return false;
  load16(0);
  return !fault();
}

export function fnstenv(): void {
  if (!probeWrite(environmentSize())) return;
  writeEnvironment();
  if (!fault()) maskAll();
}

export function fldenv(): void {
  if (probeRead(environmentSize())) readEnvironment();
}

export function fnsave(): void {
  const size = environmentSize();
  if (!probeWrite(size + REGISTERS_SIZE)) return;
  writeEnvironment();
  for (let i: u32 = 0; i < 8; i++) {
    store64(size + i * 10, sig(st(i)));
    store16(size + i * 10 + 8, se(st(i)));
  }
  if (!fault()) initialize();
}

export function frstor(): void {
  const size = environmentSize();
  if (!probeRead(size + REGISTERS_SIZE)) return;
  readEnvironment();
  for (let i: u32 = 0; i < 8; i++) put(st(i), load16(size + i * 10 + 8), load64(size + i * 10));
}
