/** Conditions over the record of flags (SDM 1 appendix B): one comparison of the operands where the operation allows it. */
import { i32Const, op } from './emit';
import { Kind, pushCarries, pushOverflow, record } from './flags';
import { constantOf, get, keep, Local } from './local';
import { binary, test, testSigned, zero } from './values';
import { native, nativeCompare, nativeConst } from './width';
import { AND, EQZ, I32_WRAP, LE_S, LE_U, LT_S, LT_U, OR, POPCNT, SHL, XOR } from './wasm';

// Functions of the record, by its width
function unsigned(code: u32, x: Local, y: Local): Local {
  return record.width == 8 ? test<u64>(code, x, y) : test<u32>(code, x, y);
}
function signed(code: u32, x: Local, y: Local): Local {
  if (record.width == 1) return testSigned<u8>(code, x, y);
  if (record.width == 2) return testSigned<u16>(code, x, y);
  if (record.width == 4) return testSigned<u32>(code, x, y);
  return testSigned<u64>(code, x, y);
}
function resultBelow(code: u32): Local {
  return signed(code, record.r, record.width == 8 ? constantOf<u64>(0) : constantOf<u32>(0));
}
function subtracted(): bool {
  return record.kind == Kind.Sub && record.plain != 0;
}
/** CF and OF themselves are known. */
function given(): bool {
  return record.kind >= Kind.Result && record.kind < Kind.Words;
}
/** The sign of the register-wide number on the stack. */
function top(): Local {
  nativeConst(0);
  nativeCompare(LT_S);
  return keep<u32>();
}

export function carry(): Local {
  if (record.kind == Kind.Logic) return constantOf<u32>(0);
  if (given()) return record.x;
  if (subtracted()) return unsigned(LT_U, record.x, record.y);
  if (record.kind == Kind.Add && record.plain) return unsigned(LT_U, record.r, record.x);
  pushCarries();
  return top();
}
/** OF: the word of carries has CF xor OF below CF. */
export function overflow(): Local {
  if (record.kind == Kind.Logic) return constantOf<u32>(0);
  if (given()) {
    pushOverflow();
    return keep<u32>();
  }
  pushCarries();
  const c = keep<u64>();
  get(c);
  get(c);
  nativeConst(1);
  native(SHL);
  native(XOR);
  return top();
}
function isZero(): Local {
  return record.width == 8 ? zero<u64>(record.r) : zero<u32>(record.r);
}
function parity(): Local {
  get(record.r);
  if (record.width == 8) op(I32_WRAP);
  i32Const(0xff);
  op(AND);
  op(POPCNT);
  i32Const(1);
  op(AND);
  op(EQZ);
  return keep<u32>();
}
function sign(): Local {
  return resultBelow(LT_S);
}
/** SF differs from OF. */
function less(): Local {
  if (subtracted()) return signed(LT_S, record.x, record.y);
  if (record.kind == Kind.Logic) return sign();
  return binary<u32>(XOR, sign(), overflow());
}
function belowOrEqual(): Local {
  if (subtracted()) return unsigned(LE_U, record.x, record.y);
  if (record.kind == Kind.Logic) return isZero();
  return binary<u32>(OR, carry(), isZero());
}
function lessOrEqual(): Local {
  if (subtracted()) return signed(LE_S, record.x, record.y);
  if (record.kind == Kind.Logic) return resultBelow(LE_S);
  return binary<u32>(OR, isZero(), less());
}
/** Condition `cc` as encoded in Jcc, SETcc, CMOVcc. */
export function conditionOf(cc: u32): Local {
  const c = positive(cc >> 1);
  return cc & 1 ? zero<u32>(c) : c;
}
function positive(which: u32): Local {
  switch (which) {
    case 0:
      return overflow();
    case 1:
      return carry();
    case 2:
      return isZero();
    case 3:
      return belowOrEqual();
    case 4:
      return sign();
    case 5:
      return parity();
    case 6:
      return less();
    default:
      return lessOrEqual();
  }
}
