/** What stands around the blocks of a region (frame.ts): loads and stores, the result. */
import { JIT_SITE } from '../layout';
import { access, byte, getLocal, i32Const, i64Const, op, setLocal } from './emit';
import { Exit } from './exits';
import { emitLoads, emitStores, LEFT, NEXT, writtenRegisters } from './frame';
import { ARITHMETIC_64, BLOCK, END, I32_STORE, I64_EXTEND_U, OR, SHL, VOID } from './wasm';

/** What comes before the blocks of a region. */
export function writeStart(): void {
  emitLoads();
  for (let i = 0; i < 2; i++) {
    op(BLOCK);
    byte(VOID);
  }
}
/** What comes behind them. */
export function writeEnd(): void {
  op(END);
  i32Const(0);
  getLocal(NEXT);
  access(I32_STORE, JIT_SITE);
  i32Const(Exit.Side);
  setLocal(NEXT);
  op(END);
  emitStores(writtenRegisters());
  getLocal(LEFT);
  op(I64_EXTEND_U);
  getLocal(NEXT);
  op(I64_EXTEND_U);
  i64Const(32);
  op(SHL + ARITHMETIC_64);
  op(OR + ARITHMETIC_64);
  op(END);
}
