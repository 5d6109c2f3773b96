/** Far transfers and far pointers: fetches their operands and hands over to cpu/. Interpreter only. */
import { faulted } from '../cpu/exceptions';
import { readMemory, writeRegister } from '../cpu/operand';
import { loadSegment } from '../cpu/segments';
import { farCall, farJump } from '../cpu/transfer';
import { readSelector } from './misc';

/** CALL or JMP through a far pointer in memory (FF /3, FF /5). */
export function farIndirect<V>(call: bool): void {
  const offset = <u64>readMemory<V>();
  if (faulted()) return;
  const selector = readSelector(sizeof<V>());
  if (faulted()) return;
  if (call) farCall(selector, offset, sizeof<V>());
  else farJump(selector, offset, sizeof<V>());
}
/** LDS, LES, LFS, LGS, LSS. */
export function loadFarPointer<V>(segment: u32, d: u32): void {
  const offset = readMemory<V>();
  if (faulted()) return;
  const selector = readSelector(sizeof<V>());
  if (faulted()) return;
  loadSegment(segment, selector);
  if (!faulted()) writeRegister<V>(d, offset);
}
