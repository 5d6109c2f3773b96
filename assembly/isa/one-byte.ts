/**
 * The one-byte opcode map (SDM 2D table A-2): the instructions worth a place in the interpreter's hot function.
 * `execute` runs (or translates) the instruction whose first opcode byte is `op`, the next byte being at host address `at`; V is the operand size, X the kind of
 * code. What is rare lives in other maps, so that this function stays small enough for the compiler to do its best:
 * one switch over all instructions halves the interpreter's speed.
 */
import { Gpr } from '../cpu/state';
import { advance, fetch, fetchAt, fetchSigned, fetchSignedAt } from '../cpu/window';
import { adc, add, and, cmp, dec, imul, inc, or, sbb, sub, test, xor } from './arithmetic';
import { call, jcc, jmp, relativeAt, ret } from './control';
import { lea, mov, signToD, widenA, xchg } from './data';
import { escape } from './float';
import { group1, group2, group3, group5, incDecByte } from './groups';
import { immediate, immediateAt, immediateSize, testTail } from './immediate';
import { Imm, isLong, Reg, Rm } from './kinds';
import { byteRegister, modrm, opcodeRegister, reg, reg8, rm, rm8 } from './modrm';
import { isPlain, prefixed } from './prefixes';
import { FLOW, flow, rare } from './rare';
import { leave, pop, push } from './stack';
import { twoByte } from './two-byte';

const AL: u32 = Gpr.RAX << 3;
const AX: u32 = Gpr.RAX << 3;
const CL: u32 = Gpr.RCX << 3;

// @ts-ignore: decorator
@inline export function executeInline<B, V, X>(b: B, op: u32, at: u64): void {
  switch (op) {
    case 0x00: {
      const m = modrm<B, X>(b, at);
      add<B, u8, Rm, Reg>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x01: {
      const m = modrm<B, X>(b, at);
      add<B, V, Rm, Reg>(b, rm(m), reg(m));
      break;
    }
    case 0x02: {
      const m = modrm<B, X>(b, at);
      add<B, u8, Reg, Rm>(b, reg8<X>(m), rm8<X>(m));
      break;
    }
    case 0x03: {
      const m = modrm<B, X>(b, at);
      add<B, V, Reg, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0x04:
      add<B, u8, Reg, Imm>(b, AL, fetchSignedAt<i8>(at));
      break;
    case 0x05:
      add<B, V, Reg, Imm>(b, AX, immediateAt<V>(at));
      break;
    case 0x08: {
      const m = modrm<B, X>(b, at);
      or<B, u8, Rm, Reg>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x09: {
      const m = modrm<B, X>(b, at);
      or<B, V, Rm, Reg>(b, rm(m), reg(m));
      break;
    }
    case 0x0a: {
      const m = modrm<B, X>(b, at);
      or<B, u8, Reg, Rm>(b, reg8<X>(m), rm8<X>(m));
      break;
    }
    case 0x0b: {
      const m = modrm<B, X>(b, at);
      or<B, V, Reg, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0x0c:
      or<B, u8, Reg, Imm>(b, AL, fetchSignedAt<i8>(at));
      break;
    case 0x0d:
      or<B, V, Reg, Imm>(b, AX, immediateAt<V>(at));
      break;
    case 0x10: {
      const m = modrm<B, X>(b, at);
      adc<B, u8, Rm, Reg>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x11: {
      const m = modrm<B, X>(b, at);
      adc<B, V, Rm, Reg>(b, rm(m), reg(m));
      break;
    }
    case 0x12: {
      const m = modrm<B, X>(b, at);
      adc<B, u8, Reg, Rm>(b, reg8<X>(m), rm8<X>(m));
      break;
    }
    case 0x13: {
      const m = modrm<B, X>(b, at);
      adc<B, V, Reg, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0x14:
      adc<B, u8, Reg, Imm>(b, AL, fetchSignedAt<i8>(at));
      break;
    case 0x15:
      adc<B, V, Reg, Imm>(b, AX, immediateAt<V>(at));
      break;
    case 0x18: {
      const m = modrm<B, X>(b, at);
      sbb<B, u8, Rm, Reg>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x19: {
      const m = modrm<B, X>(b, at);
      sbb<B, V, Rm, Reg>(b, rm(m), reg(m));
      break;
    }
    case 0x1a: {
      const m = modrm<B, X>(b, at);
      sbb<B, u8, Reg, Rm>(b, reg8<X>(m), rm8<X>(m));
      break;
    }
    case 0x1b: {
      const m = modrm<B, X>(b, at);
      sbb<B, V, Reg, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0x1c:
      sbb<B, u8, Reg, Imm>(b, AL, fetchSignedAt<i8>(at));
      break;
    case 0x1d:
      sbb<B, V, Reg, Imm>(b, AX, immediateAt<V>(at));
      break;
    case 0x20: {
      const m = modrm<B, X>(b, at);
      and<B, u8, Rm, Reg>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x21: {
      const m = modrm<B, X>(b, at);
      and<B, V, Rm, Reg>(b, rm(m), reg(m));
      break;
    }
    case 0x22: {
      const m = modrm<B, X>(b, at);
      and<B, u8, Reg, Rm>(b, reg8<X>(m), rm8<X>(m));
      break;
    }
    case 0x23: {
      const m = modrm<B, X>(b, at);
      and<B, V, Reg, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0x24:
      and<B, u8, Reg, Imm>(b, AL, fetchSignedAt<i8>(at));
      break;
    case 0x25:
      and<B, V, Reg, Imm>(b, AX, immediateAt<V>(at));
      break;
    case 0x28: {
      const m = modrm<B, X>(b, at);
      sub<B, u8, Rm, Reg>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x29: {
      const m = modrm<B, X>(b, at);
      sub<B, V, Rm, Reg>(b, rm(m), reg(m));
      break;
    }
    case 0x2a: {
      const m = modrm<B, X>(b, at);
      sub<B, u8, Reg, Rm>(b, reg8<X>(m), rm8<X>(m));
      break;
    }
    case 0x2b: {
      const m = modrm<B, X>(b, at);
      sub<B, V, Reg, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0x2c:
      sub<B, u8, Reg, Imm>(b, AL, fetchSignedAt<i8>(at));
      break;
    case 0x2d:
      sub<B, V, Reg, Imm>(b, AX, immediateAt<V>(at));
      break;
    case 0x30: {
      const m = modrm<B, X>(b, at);
      xor<B, u8, Rm, Reg>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x31: {
      const m = modrm<B, X>(b, at);
      xor<B, V, Rm, Reg>(b, rm(m), reg(m));
      break;
    }
    case 0x32: {
      const m = modrm<B, X>(b, at);
      xor<B, u8, Reg, Rm>(b, reg8<X>(m), rm8<X>(m));
      break;
    }
    case 0x33: {
      const m = modrm<B, X>(b, at);
      xor<B, V, Reg, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0x34:
      xor<B, u8, Reg, Imm>(b, AL, fetchSignedAt<i8>(at));
      break;
    case 0x35:
      xor<B, V, Reg, Imm>(b, AX, immediateAt<V>(at));
      break;
    case 0x38: {
      const m = modrm<B, X>(b, at);
      cmp<B, u8, Rm, Reg>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x39: {
      const m = modrm<B, X>(b, at);
      cmp<B, V, Rm, Reg>(b, rm(m), reg(m));
      break;
    }
    case 0x3a: {
      const m = modrm<B, X>(b, at);
      cmp<B, u8, Reg, Rm>(b, reg8<X>(m), rm8<X>(m));
      break;
    }
    case 0x3b: {
      const m = modrm<B, X>(b, at);
      cmp<B, V, Reg, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0x3c:
      cmp<B, u8, Reg, Imm>(b, AL, fetchSignedAt<i8>(at));
      break;
    case 0x3d:
      cmp<B, V, Reg, Imm>(b, AX, immediateAt<V>(at));
      break;
    case 0x70:
      shortJcc<B, V, X>(b, 0, at);
      break;
    case 0x71:
      shortJcc<B, V, X>(b, 1, at);
      break;
    case 0x72:
      shortJcc<B, V, X>(b, 2, at);
      break;
    case 0x73:
      shortJcc<B, V, X>(b, 3, at);
      break;
    case 0x74:
      shortJcc<B, V, X>(b, 4, at);
      break;
    case 0x75:
      shortJcc<B, V, X>(b, 5, at);
      break;
    case 0x76:
      shortJcc<B, V, X>(b, 6, at);
      break;
    case 0x77:
      shortJcc<B, V, X>(b, 7, at);
      break;
    case 0x78:
      shortJcc<B, V, X>(b, 8, at);
      break;
    case 0x79:
      shortJcc<B, V, X>(b, 9, at);
      break;
    case 0x7a:
      shortJcc<B, V, X>(b, 10, at);
      break;
    case 0x7b:
      shortJcc<B, V, X>(b, 11, at);
      break;
    case 0x7c:
      shortJcc<B, V, X>(b, 12, at);
      break;
    case 0x7d:
      shortJcc<B, V, X>(b, 13, at);
      break;
    case 0x7e:
      shortJcc<B, V, X>(b, 14, at);
      break;
    case 0x7f:
      shortJcc<B, V, X>(b, 15, at);
      break;
    case 0x0f:
      twoByte<B, V, X>(b, load<u8>(<usize>at), at + 1);
      break;
    case 0x66:
      if (!isLong<X>() && isPlain(load<u8>(<usize>at))) {
        if (sizeof<V>() == 4) execute<B, u16, X>(b, load<u8>(<usize>at), at + 1);
        else execute<B, u32, X>(b, load<u8>(<usize>at), at + 1);
        break;
      }
      advance(at);
      prefixed<B, X>(b, op);
      break;
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0x67:
    case 0xf0:
    case 0xf2:
    case 0xf3:
      advance(at);
      prefixed<B, X>(b, op);
      break;
    // INC and DEC; REX prefixes in 64-bit code
    case 0x40:
    case 0x41:
    case 0x42:
    case 0x43:
    case 0x44:
    case 0x45:
    case 0x46:
    case 0x47:
      advance(at);
      if (isLong<X>()) prefixed<B, X>(b, op);
      else inc<B, V, Reg>(b, (op & 7) << 3);
      break;
    case 0x48:
    case 0x49:
    case 0x4a:
    case 0x4b:
    case 0x4c:
    case 0x4d:
    case 0x4e:
    case 0x4f:
      advance(at);
      if (isLong<X>()) prefixed<B, X>(b, op);
      else dec<B, V, Reg>(b, (op & 7) << 3);
      break;
    case 0x50:
    case 0x51:
    case 0x52:
    case 0x53:
    case 0x54:
    case 0x55:
    case 0x56:
    case 0x57:
      advance(at);
      if (isLong<X>() && sizeof<V>() != 2) push<B, u64, Reg>(b, opcodeRegister<X>(op));
      else push<B, V, Reg>(b, opcodeRegister<X>(op));
      break;
    case 0x58:
    case 0x59:
    case 0x5a:
    case 0x5b:
    case 0x5c:
    case 0x5d:
    case 0x5e:
    case 0x5f:
      advance(at);
      if (isLong<X>() && sizeof<V>() != 2) pop<B, u64>(b, opcodeRegister<X>(op));
      else pop<B, V>(b, opcodeRegister<X>(op));
      break;
    case 0x68:
      if (isLong<X>() && sizeof<V>() != 2) push<B, u64, Imm>(b, immediateAt<V>(at));
      else push<B, V, Imm>(b, immediateAt<V>(at));
      break;
    case 0x69: {
      const m = modrm<B, X>(b, at, immediateSize<V>());
      imul<B, V, Rm, Imm>(b, reg(m), rm(m), immediate<V>());
      break;
    }
    case 0x6a:
      if (isLong<X>() && sizeof<V>() != 2) push<B, u64, Imm>(b, fetchSignedAt<i8>(at));
      else push<B, V, Imm>(b, fetchSignedAt<i8>(at));
      break;
    case 0x6b: {
      const m = modrm<B, X>(b, at, 1);
      imul<B, V, Rm, Imm>(b, reg(m), rm(m), fetchSigned<i8>());
      break;
    }
    case 0x80: {
      const m = modrm<B, X>(b, at, 1);
      group1<B, u8>(b, m, rm8<X>(m), fetchSigned<i8>());
      break;
    }
    case 0x81: {
      const m = modrm<B, X>(b, at, immediateSize<V>());
      group1<B, V>(b, m, rm(m), immediate<V>());
      break;
    }
    case 0x83: {
      const m = modrm<B, X>(b, at, 1);
      group1<B, V>(b, m, rm(m), fetchSigned<i8>());
      break;
    }
    case 0x84: {
      const m = modrm<B, X>(b, at);
      test<B, u8, Rm, Reg>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x85: {
      const m = modrm<B, X>(b, at);
      test<B, V, Rm, Reg>(b, rm(m), reg(m));
      break;
    }
    case 0x86: {
      const m = modrm<B, X>(b, at);
      xchg<B, u8, Rm>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x87: {
      const m = modrm<B, X>(b, at);
      xchg<B, V, Rm>(b, rm(m), reg(m));
      break;
    }
    case 0x88: {
      const m = modrm<B, X>(b, at);
      mov<B, u8, Rm, Reg>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0x89: {
      const m = modrm<B, X>(b, at);
      mov<B, V, Rm, Reg>(b, rm(m), reg(m));
      break;
    }
    case 0x8a: {
      const m = modrm<B, X>(b, at);
      mov<B, u8, Reg, Rm>(b, reg8<X>(m), rm8<X>(m));
      break;
    }
    case 0x8b: {
      const m = modrm<B, X>(b, at);
      mov<B, V, Reg, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0x8d: {
      const m = modrm<B, X>(b, at);
      if (rm(m) < 0x80) b.undefined();
      else lea<B, V>(b, reg(m));
      break;
    }
    case 0x90:
      // NOP, and XCHG with R8 in 64-bit code
      advance(at);
      if (isLong<X>() && opcodeRegister<X>(op)) xchg<B, V, Reg>(b, AX, opcodeRegister<X>(op));
      break;
    case 0x91:
    case 0x92:
    case 0x93:
    case 0x94:
    case 0x95:
    case 0x96:
    case 0x97:
      advance(at);
      xchg<B, V, Reg>(b, AX, opcodeRegister<X>(op));
      break;
    case 0x98:
      advance(at);
      if (sizeof<V>() == 2) widenA<B, u8, u16>(b);
      else if (sizeof<V>() == 4) widenA<B, u16, u32>(b);
      else widenA<B, u32, u64>(b);
      break;
    case 0x99:
      advance(at);
      signToD<B, V>(b);
      break;
    case 0xa8:
      test<B, u8, Reg, Imm>(b, AL, fetchSignedAt<i8>(at));
      break;
    case 0xa9:
      test<B, V, Reg, Imm>(b, AX, immediateAt<V>(at));
      break;
    case 0xb0:
    case 0xb1:
    case 0xb2:
    case 0xb3:
    case 0xb4:
    case 0xb5:
    case 0xb6:
    case 0xb7:
      mov<B, u8, Reg, Imm>(b, byteRegister<X>(opcodeRegister<X>(op)), fetchAt<u8>(at));
      break;
    case 0xb8:
    case 0xb9:
    case 0xba:
    case 0xbb:
    case 0xbc:
    case 0xbd:
    case 0xbe:
    case 0xbf:
      mov<B, V, Reg, Imm>(b, opcodeRegister<X>(op), fetchAt<V>(at));
      break;
    case 0xc0: {
      const m = modrm<B, X>(b, at, 1);
      group2<B, u8, Imm>(b, m, rm8<X>(m), fetch<u8>());
      break;
    }
    case 0xc1: {
      const m = modrm<B, X>(b, at, 1);
      group2<B, V, Imm>(b, m, rm(m), fetch<u8>());
      break;
    }
    case 0xc2: {
      const n = fetchAt<u16>(at);
      if (isLong<X>()) ret<B, u64>(b, n);
      else ret<B, V>(b, n);
      break;
    }
    case 0xc3:
      advance(at);
      if (isLong<X>()) ret<B, u64>(b, 0);
      else ret<B, V>(b, 0);
      break;
    case 0xc6: {
      const m = modrm<B, X>(b, at, 1);
      const i = fetch<u8>();
      if ((m >> 11) & 7) b.undefined();
      else mov<B, u8, Rm, Imm>(b, rm8<X>(m), i);
      break;
    }
    case 0xc7: {
      const m = modrm<B, X>(b, at, immediateSize<V>());
      const i = immediate<V>();
      if ((m >> 11) & 7) b.undefined();
      else mov<B, V, Rm, Imm>(b, rm(m), i);
      break;
    }
    case 0xc9:
      advance(at);
      if (isLong<X>() && sizeof<V>() != 2) leave<B, u64>(b);
      else leave<B, V>(b);
      break;
    case 0xd0: {
      const m = modrm<B, X>(b, at);
      group2<B, u8, Imm>(b, m, rm8<X>(m), 1);
      break;
    }
    case 0xd1: {
      const m = modrm<B, X>(b, at);
      group2<B, V, Imm>(b, m, rm(m), 1);
      break;
    }
    case 0xd2: {
      const m = modrm<B, X>(b, at);
      group2<B, u8, Reg>(b, m, rm8<X>(m), CL);
      break;
    }
    case 0xd3: {
      const m = modrm<B, X>(b, at);
      group2<B, V, Reg>(b, m, rm(m), CL);
      break;
    }
    case 0xd8:
    case 0xd9:
    case 0xda:
    case 0xdb:
    case 0xdc:
    case 0xdd:
    case 0xde:
    case 0xdf:
      escape<B, X>(b, op, at);
      break;
    case 0xe8: {
      const d = immediateAt<V>(at);
      if (isLong<X>()) call<B, u64>(b, relativeAt<V, X>(at + immediateSize<V>(), d));
      else call<B, V>(b, relativeAt<V, X>(at + immediateSize<V>(), d));
      break;
    }
    case 0xe9: {
      const d = immediateAt<V>(at);
      jmp<B>(b, relativeAt<V, X>(at + immediateSize<V>(), d));
      break;
    }
    case 0xeb: {
      const d = fetchSignedAt<i8>(at);
      jmp<B>(b, relativeAt<V, X>(at + 1, d));
      break;
    }
    case 0xf6: {
      const m = modrm<B, X>(b, at, testTail<X>(at, 1));
      group3<B, u8>(b, m, rm8<X>(m));
      break;
    }
    case 0xf7: {
      const m = modrm<B, X>(b, at, testTail<X>(at, immediateSize<V>()));
      group3<B, V>(b, m, rm(m));
      break;
    }
    case 0xfe: {
      const m = modrm<B, X>(b, at);
      incDecByte<B>(b, m, rm8<X>(m));
      break;
    }
    case 0xff: {
      const m = modrm<B, X>(b, at);
      group5<B, V, X>(b, m, rm(m));
      break;
    }
    default:
      advance(at);
      if (op >= FLOW) flow<B, V, X>(b, op);
      else rare<B, V, X>(b, op);
  }
}
/** The same, out of line: for what is not the run loop. */
export function execute<B, V, X>(b: B, op: u32, at: u64): void {
  executeInline<B, V, X>(b, op, at);
}

// @ts-ignore: decorator
@inline function shortJcc<B, V, X>(b: B, cc: u32, at: u64): void {
  const d = fetchSignedAt<i8>(at);
  jcc<B>(b, cc, relativeAt<V, X>(at + 1, d));
}
