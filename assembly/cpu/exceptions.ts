/**
 * How an instruction fails: it records the exception here and returns; nothing that it changed so far may be
 * architecturally visible. The run loop sees the record at the next instruction boundary, because recording shuts the
 * fetch window (cpu/fetch.ts), winds the instruction pointer back and delivers (cpu/interrupts.ts).
 */
import { shutWindow } from './window';

/** Vectors, SDM 3A table 6-1. */
export namespace Vector {
  export const DE: u32 = 0;
  export const DB: u32 = 1;
  export const NMI: u32 = 2;
  export const BP: u32 = 3;
  export const OF: u32 = 4;
  export const BR: u32 = 5;
  export const UD: u32 = 6;
  export const NM: u32 = 7;
  export const DF: u32 = 8;
  export const TS: u32 = 10;
  export const NP: u32 = 11;
  export const SS: u32 = 12;
  export const GP: u32 = 13;
  export const PF: u32 = 14;
  export const MF: u32 = 16;
  export const AC: u32 = 17;
}

/** Transient: between the fault and its delivery in the same call of `run`. */
let pending: bool = false;
let pendingVector: u32 = 0;
let pendingCode: u32 = 0;

/** Did the instruction fail? Bodies ask after each access that can. */
// @ts-ignore: decorator
@inline export function faulted(): bool {
  return pending;
}
export function faultVector(): u32 {
  return pendingVector;
}
export function faultCode(): u32 {
  return pendingCode;
}
/** Forgets the record: it is being delivered. */
export function clearFault(): void {
  pending = false;
}

/** Records exception `vector` with its error code (0 where it has none). The first one of an instruction counts. */
export function raise(vector: u32, code: u32): void {
  if (pending) return;
  pending = true;
  pendingVector = vector;
  pendingCode = code;
  shutWindow();
}
/** #GP with a selector's error code: its index and TI, RPL replaced by EXT = 0 (SDM 3A 6.13). */
export function raiseGp(code: u32): void {
  raise(Vector.GP, code);
}
export function raiseUd(): void {
  raise(Vector.UD, 0);
}
