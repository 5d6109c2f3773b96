/** System instructions of the two-byte map (SDM 2D table A-3); all have a body for the interpreter only. */
import { cmpxchg16b, cmpxchg8b } from './bits';
import { escapeState } from './float';
import { isLong } from './kinds';
import { group, modrm, modrmRegister, reg, regNumber, rm } from './modrm';
import { clts, invalidateCaches, invlpg, lmsw, readCr, smsw, writeCr } from '../cpu/control';
import { cpuid } from '../cpu/cpuid';
import { readDr, writeDr } from '../cpu/debug';
import { privileged } from '../cpu/errors';
import { faulted } from '../cpu/exceptions';
import { zero } from '../cpu/flags';
import { rdmsr, wrmsr } from '../cpu/msr';
import {
  MEMORY,
  moveOperand,
  operandOffset,
  operandSegment,
  readMemory,
  readRm,
  writeMemory,
  writeRegister,
  writeRm,
} from '../cpu/operand';
import { addressMask } from '../cpu/prefix';
import {
  ldtSelector,
  loadAccessRights,
  loadGdt,
  loadIdt,
  loadLdt,
  loadLimit,
  loadTask,
  taskSelector,
  verifyRead,
  verifyWrite,
} from '../cpu/segments';
import { cpu } from '../cpu/state';
import { Transfer } from '../cpu/shortcuts';
import { swapgs, syscall, sysenter, sysexit, sysret } from '../cpu/syscall';
import { descriptorsExist } from '../cpu/tables';
import { here } from '../cpu/window';
import { rdpmc, rdtsc, rdtscp } from '../cpu/tsc';

export function system<B, V, X>(b: B, op: u32): void {
  switch (op) {
    case 0x00: {
      const m = modrm<B, X>(b, here());
      if (group(m) > 5) b.undefined();
      else if (b.interprets()) group6<V>(group(m), rm(m));
      break;
    }
    case 0x01: {
      const m = modrm<B, X>(b, here());
      if (rm(m) < MEMORY) group7Register<B, V, X>(b, m);
      else if (group(m) == 5) b.undefined();
      else if (b.interprets()) group7Memory<V, X>(group(m));
      break;
    }
    case 0x02: {
      const m = modrm<B, X>(b, here());
      if (b.interprets()) askSelector<V>(false, reg(m), rm(m));
      break;
    }
    case 0x03: {
      const m = modrm<B, X>(b, here());
      if (b.interprets()) askSelector<V>(true, reg(m), rm(m));
      break;
    }
    case 0x05:
      if (b.interprets()) syscall();
      break;
    case 0x06:
      if (b.interprets()) clts();
      break;
    case 0x07:
      if (b.interprets()) sysret(sizeof<V>());
      break;
    case 0x08:
    case 0x09:
      if (b.interprets()) invalidateCaches();
      break;
    case 0x20:
    case 0x22: {
      const m = modrmRegister<X>();
      if (b.interprets()) moveControl<X>(op == 0x22, regNumber(m), rm(m));
      break;
    }
    case 0x21:
    case 0x23: {
      const m = modrmRegister<X>();
      if (b.interprets()) moveDebug<X>(op == 0x23, regNumber(m), rm(m));
      break;
    }
    case 0x30:
      if (b.interprets()) wrmsr();
      break;
    case 0x31:
      if (b.interprets()) rdtsc();
      break;
    case 0x32:
      if (b.interprets()) rdmsr();
      break;
    case 0x33:
      if (b.interprets()) rdpmc();
      break;
    case 0x34:
      if (b.transfers(Transfer.Sysenter)) sysenter();
      break;
    case 0x35:
      if (sizeof<V>() != 8 ? b.transfers(Transfer.Sysexit) : b.interprets()) sysexit(sizeof<V>());
      break;
    case 0xa2:
      if (b.interprets()) cpuid();
      break;
    case 0xae: {
      const m = modrm<B, X>(b, here());
      if (rm(m) < MEMORY || group(m) > 1) b.undefined();
      else if (b.interprets()) escapeState(group(m) == 1, sizeof<V>() == 8);
      break;
    }
    default:
      b.undefined();
  }
}

/** 0F C7: CMPXCHG8B and, with REX.W, CMPXCHG16B. */
export function group9<B, V>(b: B, m: u32): void {
  if (group(m) != 1 || rm(m) < MEMORY) b.undefined();
  else if (sizeof<V>() != 8) cmpxchg8b<B>(b);
  else if (b.interprets()) cmpxchg16b();
}

/** SLDT, STR, LLDT, LTR, VERR, VERW. */
function group6<V>(which: u32, o: u32): void {
  if (!descriptorsExist()) return;
  if (which < 2) {
    storeWord<V>(o, which ? taskSelector() : ldtSelector());
    return;
  }
  if (which < 4 && !privileged()) return;
  const selector = <u32>readRm<u16>(o);
  if (faulted()) return;
  if (which == 2) loadLdt(selector);
  else if (which == 3) loadTask(selector);
  else if (which == 4) verifyRead(selector);
  else verifyWrite(selector);
}
/** A 16-bit register value: zero-extended into a register, two bytes of memory. */
function storeWord<V>(o: u32, v: u32): void {
  if (o < MEMORY) writeRegister<V>(o, <V>v);
  else writeMemory<u16>(<u16>v);
}

/** SGDT, SIDT, LGDT, LIDT, SMSW, LMSW, INVLPG. */
function group7Memory<V, X>(which: u32): void {
  switch (which) {
    case 0:
      storeTable<V, X>(cpu.gdtLimit, cpu.gdtBase);
      break;
    case 1:
      storeTable<V, X>(cpu.idtLimit, cpu.idtBase);
      break;
    case 2:
    case 3:
      loadTable<V, X>(which == 2);
      break;
    case 4:
      writeMemory<u16>(<u16>smsw());
      break;
    case 6: {
      if (!privileged()) break;
      const v = readMemory<u16>();
      if (!faulted()) lmsw(v);
      break;
    }
    case 7:
      if (privileged()) invlpg(operandSegment().base + operandOffset());
      break;
  }
}
function group7Register<B, V, X>(b: B, m: u32): void {
  if (group(m) == 4) {
    if (b.interprets()) writeRegister<V>(rm(m), <V>smsw());
  } else if (group(m) == 6) {
    if (b.interprets() && privileged()) lmsw(readRm<u16>(rm(m)));
  } else if (isLong<X>() && group(m) == 7 && rm(m) == 0) {
    if (b.interprets()) swapgs();
  } else if (group(m) == 7 && rm(m) == 8) {
    if (b.interprets()) rdtscp();
  } else b.undefined();
}
function storeTable<V, X>(limit: u32, base: u64): void {
  writeMemory<u16>(<u16>limit);
  if (faulted()) return;
  moveOperand(2, addressMask);
  if (isLong<X>()) writeMemory<u64>(base);
  else writeMemory<u32>(<u32>base);
}
function loadTable<V, X>(gdt: bool): void {
  if (!privileged()) return;
  const limit = <u32>readMemory<u16>();
  if (faulted()) return;
  moveOperand(2, addressMask);
  const base = isLong<X>() ? readMemory<u64>() : <u64>readMemory<u32>();
  if (faulted()) return;
  const size: u32 = isLong<X>() ? 8 : <u32>sizeof<V>();
  if (gdt) loadGdt(limit, base, size);
  else loadIdt(limit, base, size);
}

/** LSL, else LAR: ZF says whether the destination was written. */
function askSelector<V>(limit: bool, d: u32, o: u32): void {
  if (!descriptorsExist()) return;
  const selector = <u32>readRm<u16>(o);
  if (faulted()) return;
  const v = limit ? loadLimit(selector) : loadAccessRights(selector);
  if (!faulted() && zero()) writeRegister<V>(d, <V>v);
}

/** MOV CRn and MOV DRn ignore mod: the operand is a register of the mode's width. */
function moveControl<X>(write: bool, n: u32, o: u32): void {
  if (write) writeCr(n, isLong<X>() ? readRm<u64>(o) : <u64>readRm<u32>(o));
  else {
    const v = readCr(n);
    if (!faulted()) storeWide<X>(o, v);
  }
}
function moveDebug<X>(write: bool, n: u32, o: u32): void {
  if (write) writeDr(n, isLong<X>() ? readRm<u64>(o) : <u64>readRm<u32>(o));
  else {
    const v = readDr(n);
    if (!faulted()) storeWide<X>(o, v);
  }
}
function storeWide<X>(o: u32, v: u64): void {
  if (isLong<X>()) writeRm<u64>(o, v);
  else writeRm<u32>(o, <u32>v);
}
