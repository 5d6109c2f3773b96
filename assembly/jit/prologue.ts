/** What stands around the blocks of a region (frame.ts): the checks before it, loads and stores, the result. */
import { JIT_SITE } from '../layout';
import { access, byte, getLocal, i32Const, i64Const, op, setLocal } from './emit';
import { Exit } from './exits';
import { emitLoads, emitStores, LEFT, NEXT, writtenRegisters } from './frame';
import { callCore, IMPORT_PAGE } from './imports';
import { pushMapped } from './links';
import { codePageAt, pageCount } from './pages';
import { linearOfRip, PAGE } from './stream';
import { ARITHMETIC_64, BLOCK, END, EQZ, I32_STORE, I64_EXTEND_U, IF, OR, RETURN, SHL, VOID } from './wasm';

/** Pushes the result: `exit` above LEFT. */
function pushResult(exit: u32): void {
  getLocal(LEFT);
  op(I64_EXTEND_U);
  i64Const((<u64>exit) << 32);
  op(OR + ARITHMETIC_64);
}
/** Pops a condition; returns if it holds, nothing having happened. */
function returnIf(exit: u32): void {
  op(IF);
  byte(VOID);
  pushResult(exit);
  op(RETURN);
  op(END);
}
function writePageChecks(rip: u64): void {
  const own = linearOfRip(rip) & ~(PAGE - 1);
  for (let i: u32 = 0; i < pageCount(); i++) {
    const p = codePageAt(i);
    if (p.linear == own) continue;
    pushMapped(p.linear, p.host);
    op(EQZ);
    op(IF);
    byte(VOID);
    i64Const(p.linear);
    i32Const(p.host);
    callCore(IMPORT_PAGE);
    op(EQZ);
    returnIf(Exit.Moved);
    op(END);
  }
}
/** What comes before the blocks of a region that begins at `rip`. */
export function writeStart(rip: u64): void {
  writePageChecks(rip);
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
