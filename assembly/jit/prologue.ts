/** What stands around the blocks of a region (frame.ts): the checks before it, loads and stores, the result. */
import { access, byte, getLocal, i32Const, i64Const, leb, op, setLocal } from './emit';
import { Exit } from './exits';
import { emitLoads, emitStores, LEFT, NEXT, storeRip, writtenRegisters } from './frame';
import { IMPORT_PAGE } from './imports';
import { pushMapped } from './links';
import { codePageAt, pageCount } from './pages';
import { usedAddress } from './regions';
import { linearOfRip, PAGE } from './stream';
import { ARITHMETIC_64, BLOCK, CALL, END, EQZ, I32_STORE, I64_EXTEND_U, IF, LT_S, OR, RETURN, SHL, VOID } from './wasm';

/** Pushes the result: `exit` above LEFT. */
function pushResult(exit: u32): void {
  getLocal(LEFT);
  op(I64_EXTEND_U);
  i64Const((<u64>exit) << 32);
  op(OR + ARITHMETIC_64);
}
/** Pops a condition; returns if it holds, nothing having happened. */
function returnIf(rip: u64, exit: u32): void {
  op(IF);
  byte(VOID);
  storeRip(rip);
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
    op(CALL);
    leb(IMPORT_PAGE);
    op(EQZ);
    returnIf(rip, Exit.Moved);
    op(END);
  }
}
/** What comes before the blocks of region number `region`, which begins at `rip` and has `instructions`. */
export function writeStart(region: u32, rip: u64, instructions: u32): void {
  getLocal(LEFT);
  i32Const(instructions);
  op(LT_S);
  returnIf(rip, Exit.Budget);
  writePageChecks(rip);
  i32Const(0);
  i32Const(1);
  access(I32_STORE, usedAddress(region));
  emitLoads();
  for (let i = 0; i < 2; i++) {
    op(BLOCK);
    byte(VOID);
  }
}
/** What comes behind them. */
export function writeEnd(): void {
  op(END);
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
