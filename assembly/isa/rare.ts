/**
 * The one-byte opcodes that are not worth a place in the hot map: decimal, segment, string, far, flag and port
 * instructions. Most have a body for the interpreter only.
 */
import { aad, aam, asciiAdjust, decimalAdjust } from './bcd';
import { jcxz, loop, relative } from './control';
import { loadFarPointer } from './far';
import { wait } from './float';
import { group1 } from './groups';
import { lahf, mov, movFromSelector, movsx, sahf, salc, xlat } from './data';
import { isLong, Mem, Reg, Rm } from './kinds';
import { bound, enter, portIn, portOut } from './misc';
import { group, modrm, reg, regNumber, rm, rm8 } from './modrm';
import { popa, pusha, pushFlags, pushSelector } from './stack';
import { cmps, ins, lods, movs, outs, scas, stos } from './string';
import { overflow } from '../cpu/flags';
import { Gpr, gpr, Seg } from '../cpu/state';
import { faulted } from '../cpu/exceptions';
import { MEMORY } from '../cpu/operand';
import { addressMask, dataSegment } from '../cpu/prefix';
import { fetch, fetchSigned, here } from '../cpu/window';
import { legacyProtected } from '../cpu/mode';
import { arpl } from '../cpu/segments';
import { Transfer } from '../cpu/shortcuts';
import { farCall, farJump, farReturn, iret } from '../cpu/transfer';
import { int1, int3, into, softwareInterrupt } from '../cpu/interrupts';
import { popFlags, sti } from '../cpu/flagops';
import { halt } from '../cpu/control';

const AL: u32 = Gpr.RAX << 3;
const AX: u32 = Gpr.RAX << 3;

/** The first opcode of `flow`. */
export const FLOW: u32 = 0xca;

export function rare<B, V, X>(b: B, op: u32): void {
  switch (op) {
    case 0x06:
    case 0x0e:
    case 0x16:
    case 0x1e:
      if (isLong<X>()) b.undefined();
      else pushSelector<B, V>(b, op >> 3);
      break;
    case 0x07:
    case 0x17:
    case 0x1f:
      if (isLong<X>()) b.undefined();
      else popSegment<B, V>(b, op >> 3);
      break;
    case 0x27:
    case 0x2f:
      if (isLong<X>()) b.undefined();
      else if (b.interprets()) decimalAdjust(op == 0x2f);
      break;
    case 0x37:
    case 0x3f:
      if (isLong<X>()) b.undefined();
      else if (b.interprets()) asciiAdjust(op == 0x3f);
      break;
    case 0x60:
      if (isLong<X>()) b.undefined();
      else pusha<B, V>(b);
      break;
    case 0x61:
      if (isLong<X>()) b.undefined();
      else popa<B, V>(b);
      break;
    case 0x62: {
      if (isLong<X>()) {
        b.undefined();
        break;
      }
      const m = modrm<B, X>(b, here());
      if (rm(m) < MEMORY) b.undefined();
      else if (b.interprets()) bound<V>(reg(m));
      break;
    }
    case 0x63: {
      const m = modrm<B, X>(b, here());
      if (isLong<X>()) {
        if (sizeof<V>() == 8) movsx<B, u32, V, Rm>(b, reg(m), rm(m));
        else mov<B, V, Reg, Rm>(b, reg(m), rm(m));
      } else if (b.interprets()) arpl(rm(m), reg(m));
      break;
    }
    case 0x6c:
      if (b.interprets()) ins<u8>();
      break;
    case 0x6d:
      if (!b.interprets()) break;
      if (sizeof<V>() == 2) ins<u16>();
      else ins<u32>();
      break;
    case 0x6e:
      if (b.interprets()) outs<u8>();
      break;
    case 0x6f:
      if (!b.interprets()) break;
      if (sizeof<V>() == 2) outs<u16>();
      else outs<u32>();
      break;
    case 0x82: {
      if (isLong<X>()) {
        b.undefined();
        break;
      }
      const m = modrm<B, X>(b, here(), 1);
      group1<B, u8>(b, m, rm8<X>(m), fetchSigned<i8>());
      break;
    }
    case 0x8c: {
      const m = modrm<B, X>(b, here());
      if ((regNumber(m) & 7) > 5) b.undefined();
      else movFromSelector<B, V>(b, rm(m), regNumber(m) & 7);
      break;
    }
    case 0x8e: {
      const m = modrm<B, X>(b, here());
      const s = regNumber(m) & 7;
      if (s > 5 || s == Seg.CS) b.undefined();
      else moveToSegment<B>(b, s, rm(m));
      break;
    }
    case 0x8f:
      if (isLong<X>() && sizeof<V>() != 2) popMemory<B, u64, X>(b);
      else popMemory<B, V, X>(b);
      break;
    case 0x9a: {
      const offset = <u64>fetch<V>();
      const selector = fetch<u16>();
      if (isLong<X>()) b.undefined();
      else if (b.interprets()) farCall(selector, offset, sizeof<V>());
      break;
    }
    case 0x9b:
      wait<B>(b);
      break;
    case 0x9c:
      if (isLong<X>() && sizeof<V>() != 2) pushFlags<B, u64>(b);
      else pushFlags<B, V>(b);
      break;
    case 0x9d:
      if (!b.interprets()) break;
      if (isLong<X>() && sizeof<V>() != 2) popFlagsInto<B, u64>(b);
      else popFlagsInto<B, V>(b);
      break;
    case 0x9e:
      sahf<B>(b);
      break;
    case 0x9f:
      lahf<B>(b);
      break;
    case 0xa0:
      memoryOffset<B, X>(b);
      mov<B, u8, Reg, Mem>(b, AL, 0);
      break;
    case 0xa1:
      memoryOffset<B, X>(b);
      mov<B, V, Reg, Mem>(b, AX, 0);
      break;
    case 0xa2:
      memoryOffset<B, X>(b);
      mov<B, u8, Mem, Reg>(b, 0, AL);
      break;
    case 0xa3:
      memoryOffset<B, X>(b);
      mov<B, V, Mem, Reg>(b, 0, AX);
      break;
    case 0xa4:
      movs<B, u8>(b);
      break;
    case 0xa5:
      movs<B, V>(b);
      break;
    case 0xa6:
      cmps<B, u8>(b);
      break;
    case 0xa7:
      cmps<B, V>(b);
      break;
    case 0xaa:
      stos<B, u8>(b);
      break;
    case 0xab:
      stos<B, V>(b);
      break;
    case 0xac:
      lods<B, u8>(b);
      break;
    case 0xad:
      lods<B, V>(b);
      break;
    case 0xae:
      scas<B, u8>(b);
      break;
    case 0xaf:
      scas<B, V>(b);
      break;
    case 0xc4:
    case 0xc5: {
      if (isLong<X>()) {
        b.undefined();
        break;
      }
      const m = modrm<B, X>(b, here());
      if (rm(m) < MEMORY) b.undefined();
      else if (b.interprets()) loadFarPointer<V>(op == 0xc4 ? Seg.ES : Seg.DS, reg(m));
      break;
    }
    case 0xc8: {
      const size = fetch<u16>();
      const nesting = fetch<u8>();
      if (!b.interprets()) break;
      if (isLong<X>() && sizeof<V>() != 2) enter<u64>(size, nesting);
      else enter<V>(size, nesting);
      break;
    }
    default:
      flow<B, V, X>(b, op);
  }
}

/** C8h and above. */
export function flow<B, V, X>(b: B, op: u32): void {
  switch (op) {
    case 0xca: {
      const n = fetch<u16>();
      if (b.interprets()) farReturn(sizeof<V>(), n);
      break;
    }
    case 0xcb:
      if (b.interprets()) farReturn(sizeof<V>(), 0);
      break;
    case 0xcc:
      if (b.interprets()) int3();
      break;
    case 0xcd: {
      const n = fetch<u8>();
      if (b.transfers(n)) softwareInterrupt(n);
      break;
    }
    case 0xce:
      if (isLong<X>()) b.undefined();
      else if (b.interprets() && overflow()) into();
      break;
    case 0xcf:
      if (sizeof<V>() == 4 ? b.transfers(Transfer.Iret) : b.interprets()) iret(sizeof<V>());
      break;
    case 0xd4:
    case 0xd5: {
      const base = fetch<u8>();
      if (isLong<X>()) b.undefined();
      else if (!b.interprets()) break;
      else if (op == 0xd4) aam(base);
      else aad(base);
      break;
    }
    case 0xd6:
      if (isLong<X>()) b.undefined();
      else salc<B>(b);
      break;
    case 0xd7:
      xlat<B>(b);
      break;
    case 0xe0:
      looping<B, V, X>(b, 5);
      break;
    case 0xe1:
      looping<B, V, X>(b, 4);
      break;
    case 0xe2:
      looping<B, V, X>(b, 16);
      break;
    case 0xe3: {
      const d = fetchSigned<i8>();
      if (addressMask == 0xffff) jcxz<B, u16>(b, relative<V, X>(d));
      else if (addressMask == 0xffff_ffff) jcxz<B, u32>(b, relative<V, X>(d));
      else jcxz<B, u64>(b, relative<V, X>(d));
      break;
    }
    case 0xe4: {
      const port = fetch<u8>();
      if (b.interprets()) portIn<u8>(port);
      break;
    }
    case 0xe5: {
      const port = fetch<u8>();
      if (b.interprets()) wideIn<V>(port);
      break;
    }
    case 0xe6: {
      const port = fetch<u8>();
      if (b.interprets()) portOut<u8>(port);
      break;
    }
    case 0xe7: {
      const port = fetch<u8>();
      if (b.interprets()) wideOut<V>(port);
      break;
    }
    case 0xea: {
      const offset = <u64>fetch<V>();
      const selector = fetch<u16>();
      if (isLong<X>()) b.undefined();
      else if (b.interprets()) farJump(selector, offset, sizeof<V>());
      break;
    }
    case 0xec:
      if (b.interprets()) portIn<u8>(gpr<u16>(Gpr.RDX));
      break;
    case 0xed:
      if (b.interprets()) wideIn<V>(gpr<u16>(Gpr.RDX));
      break;
    case 0xee:
      if (b.interprets()) portOut<u8>(gpr<u16>(Gpr.RDX));
      break;
    case 0xef:
      if (b.interprets()) wideOut<V>(gpr<u16>(Gpr.RDX));
      break;
    case 0xf1:
      if (b.interprets()) int1();
      break;
    case 0xf4:
      if (b.interprets()) halt();
      break;
    case 0xf5:
      b.setCarry(b.not(b.carry()));
      break;
    case 0xf8:
      b.setCarry(b.never());
      break;
    case 0xf9:
      b.setCarry(b.always());
      break;
    case 0xfa:
      b.clearInterrupts();
      break;
    case 0xfb:
      if (b.interprets()) sti();
      break;
    case 0xfc:
      b.setDirection(false);
      break;
    case 0xfd:
      b.setDirection(true);
      break;
    default:
      b.undefined();
  }
}

function looping<B, V, X>(b: B, cc: u32): void {
  const d = fetchSigned<i8>();
  const target = relative<V, X>(d);
  if (addressMask == 0xffff) loop<B, u16>(b, cc, target);
  else if (addressMask == 0xffff_ffff) loop<B, u32>(b, cc, target);
  else loop<B, u64>(b, cc, target);
}
function wideIn<V>(port: u32): void {
  if (sizeof<V>() == 2) portIn<u16>(port);
  else portIn<u32>(port);
}
function wideOut<V>(port: u32): void {
  if (sizeof<V>() == 2) portOut<u16>(port);
  else portOut<u32>(port);
}
/** The address of A0 - A3 is an immediate of the address size. */
function memoryOffset<B, X>(b: B): void {
  let offset: u64;
  if (addressMask == 0xffff) offset = fetch<u16>();
  else if (!isLong<X>() || addressMask == 0xffff_ffff) offset = fetch<u32>();
  else offset = fetch<u64>();
  b.setOperand(dataSegment, b.constant<u64>(offset));
}

// ---- segment registers ----
/** Translated code loads none that casts a shadow, and none without a descriptor. */
function isForInterpreter(s: u32): bool {
  return s == Seg.SS || !legacyProtected;
}
export function popSegment<B, V>(b: B, s: u32): void {
  if (isForInterpreter(s) && !b.interprets()) return;
  const sp = b.stackPointer();
  const selector = b.loadStack<V>(sp);
  if (b.failed<Mem>()) return;
  b.loadSegment(s, b.convert<V, u32>(selector));
  if (b.failed<Mem>()) return;
  b.setStackPointer(b.add<u64>(sp, b.constant<u64>(sizeof<V>())));
}
function moveToSegment<B>(b: B, s: u32, o: u32): void {
  if (isForInterpreter(s) && !b.interprets()) return;
  const selector = b.read<u16, Rm>(o);
  if (b.failed<Rm>()) return;
  b.loadSegment(s, b.convert<u16, u32>(selector));
}

/** POP Ev: an address based on (E)SP uses its value after the pop (SDM 2B POP). */
function popMemory<B, V, X>(b: B): void {
  const sp = b.stackPointer();
  const v = b.loadStack<V>(sp);
  if (b.failed<Mem>()) return;
  b.setStackPointer(b.add<u64>(sp, b.constant<u64>(sizeof<V>())));
  const m = modrm<B, X>(b, here());
  if (group(m)) b.undefined();
  else b.write<V, Rm>(rm(m), v);
  if (b.failed<Mem>()) b.setStackPointer(sp);
}

// ---- flags ----
function popFlagsInto<B, T>(b: B): void {
  const sp = b.stackPointer();
  const v = b.loadStack<T>(sp);
  if (b.failed<Mem>()) return;
  popFlags(b.selectorOf<T>(v), sizeof<T>());
  if (!faulted()) b.setStackPointer(b.add<u64>(sp, b.constant<u64>(sizeof<T>())));
}
