/** What shifts and products lose: the last bit shifted out, and whether a signed product fits. */
import { i64Const, leb, op } from './emit';
import { get, keep, Local } from './local';
import { IMPORT_MUL_OVERFLOWS } from './module';
import { converted, getWide, getWideSigned } from './values';
import { AND, ARITHMETIC_64, CALL, COMPARE_64, MUL, NE, SHL, SHR_S, SHR_U, SUB } from './wasm';

function wide(code: u32): void {
  op(code + ARITHMETIC_64);
}
/** Of the i64 on the stack, as a condition. */
function lowBit(): Local {
  i64Const(1);
  wide(AND);
  return converted<u64, u32>(keep<u64>());
}
/** Bit `width` of the shifted value; for u64 bit `64 - n` of the value. */
export function lastOutLeft<T>(x: Local, n: Local): Local {
  getWide<T>(x);
  if (sizeof<T>() == 8) {
    i64Const(0);
    getWide<u8>(n);
    wide(SUB); // Wasm takes counts modulo 64
  } else {
    getWide<u8>(n);
    wide(SHL);
    i64Const(sizeof<T>() * 8);
  }
  wide(SHR_U);
  return lowBit();
}
export function lastOutRight<T>(x: Local, n: Local): Local {
  getWide<T>(x);
  return bitBelow(n, SHR_U);
}
export function lastOutRightSigned<T>(x: Local, n: Local): Local {
  getWideSigned<T>(x);
  return bitBelow(n, SHR_S);
}
/** Of the i64 on the stack: bit n - 1. */
function bitBelow(n: Local, shift: u32): Local {
  getWide<u8>(n);
  i64Const(1);
  wide(SUB);
  wide(shift);
  return lowBit();
}
export function productOverflows<T>(x: Local, y: Local): Local {
  if (sizeof<T>() == 8) {
    get(x);
    get(y);
    op(CALL);
    leb(IMPORT_MUL_OVERFLOWS);
    return keep<u32>();
  }
  getWideSigned<T>(x);
  getWideSigned<T>(y);
  wide(MUL);
  const product = keep<u64>();
  get(product);
  getWideSigned<T>(converted<u64, T>(product));
  op(NE + COMPARE_64);
  return keep<u32>();
}
