/** Opcode groups: the ModRM reg field picks the instruction (SDM 2D table A-6). */
import { adc, add, and, cmp, dec, inc, neg, not, or, sbb, sub, test, xor } from './arithmetic';
import { callIndirect, jmpIndirect } from './control';
import { farIndirect } from './far';
import { immediate } from './immediate';
import { Imm, isLong, Rm } from './kinds';
import { group } from './modrm';
import { div, idiv, imulWide, mul } from './muldiv';
import { rcl, rcr, rol, ror } from './rotates';
import { sar, shl, shr } from './shifts';
import { push } from './stack';
import { fetchSigned } from '../cpu/window';
import { MEMORY } from '../cpu/operand';

/** 80, 81, 83: arithmetic with an immediate. */
export function group1<B, T>(b: B, m: u32, d: u32, i: u64): void {
  switch (group(m)) {
    case 0:
      add<B, T, Rm, Imm>(b, d, i);
      break;
    case 1:
      or<B, T, Rm, Imm>(b, d, i);
      break;
    case 2:
      adc<B, T, Rm, Imm>(b, d, i);
      break;
    case 3:
      sbb<B, T, Rm, Imm>(b, d, i);
      break;
    case 4:
      and<B, T, Rm, Imm>(b, d, i);
      break;
    case 5:
      sub<B, T, Rm, Imm>(b, d, i);
      break;
    case 6:
      xor<B, T, Rm, Imm>(b, d, i);
      break;
    case 7:
      cmp<B, T, Rm, Imm>(b, d, i);
      break;
  }
}

/** C0, C1, D0 - D3: shifts and rotates; S is the kind of the count. */
export function group2<B, T, S>(b: B, m: u32, d: u32, count: u64): void {
  switch (group(m)) {
    case 0:
      rol<B, T, Rm, S>(b, d, count);
      break;
    case 1:
      ror<B, T, Rm, S>(b, d, count);
      break;
    case 2:
      rcl<B, T, Rm, S>(b, d, count);
      break;
    case 3:
      rcr<B, T, Rm, S>(b, d, count);
      break;
    case 4:
    case 6:
      shl<B, T, Rm, S>(b, d, count);
      break;
    case 5:
      shr<B, T, Rm, S>(b, d, count);
      break;
    case 7:
      sar<B, T, Rm, S>(b, d, count);
      break;
  }
}

/** F6, F7. */
export function group3<B, T>(b: B, m: u32, d: u32): void {
  switch (group(m)) {
    case 0:
    case 1:
      test<B, T, Rm, Imm>(b, d, sizeof<T>() == 1 ? fetchSigned<i8>() : immediate<T>());
      break;
    case 2:
      not<B, T, Rm>(b, d);
      break;
    case 3:
      neg<B, T, Rm>(b, d);
      break;
    case 4:
      mul<B, T, Rm>(b, d);
      break;
    case 5:
      imulWide<B, T, Rm>(b, d);
      break;
    case 6:
      div<B, T, Rm>(b, d);
      break;
    case 7:
      idiv<B, T, Rm>(b, d);
      break;
  }
}

/** FE. */
export function incDecByte<B>(b: B, m: u32, d: u32): void {
  if (group(m) == 0) inc<B, u8, Rm>(b, d);
  else if (group(m) == 1) dec<B, u8, Rm>(b, d);
  else b.undefined();
}

/** FF. */
export function group5<B, V, X>(b: B, m: u32, d: u32): void {
  switch (group(m)) {
    case 0:
      inc<B, V, Rm>(b, d);
      break;
    case 1:
      dec<B, V, Rm>(b, d);
      break;
    case 2:
      if (isLong<X>()) callIndirect<B, u64, Rm>(b, d);
      else callIndirect<B, V, Rm>(b, d);
      break;
    case 4:
      if (isLong<X>()) jmpIndirect<B, u64, Rm>(b, d);
      else jmpIndirect<B, V, Rm>(b, d);
      break;
    case 3:
    case 5:
      if (d < MEMORY) b.undefined();
      else if (b.interprets()) farIndirect<V>(group(m) == 3);
      break;
    case 6:
      if (isLong<X>() && sizeof<V>() != 2) push<B, u64, Rm>(b, d);
      else push<B, V, Rm>(b, d);
      break;
    default:
      b.undefined();
  }
}
