/** Encodings that raise #UD, and the trace that says which one asked: for those who debug a guest, or this core. */
import { TRACE, TRACE_SIZE } from '../layout';
import { raiseUd } from './exceptions';
import { cpu } from './state';
import { fetchStart } from './window';

/** Kinds of trace records. */
export namespace Trace {
  /** a: code mode, b: the first eight bytes of the instruction. */
  export const Undefined: u32 = 1;
  /** a: vector of the first fault, b: RIP. */
  export const TripleFault: u32 = 2;
}
const RECORD: u32 = 16;

/** Appends a record to the ring that the host reads; the oldest is overwritten. */
export function trace(kind: u32, a: u32, b: u64): void {
  const n = load<u32>(TRACE);
  const at = TRACE + RECORD + (n % (TRACE_SIZE / RECORD - 1)) * RECORD;
  store<u32>(at, kind);
  store<u32>(at + 4, a);
  store<u64>(at + 8, b);
  store<u32>(TRACE, n + 1);
}
export function undefinedOpcode(): void {
  cpu.lastUndefined = load<u64>(fetchStart());
  if (cpu.traceUndefined) trace(Trace.Undefined, cpu.codeMode, cpu.lastUndefined);
  raiseUd();
}
