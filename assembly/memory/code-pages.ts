/**
 * Which RAM holds translated code, in pieces of 64 bytes: one bit each in a u64 a page. A page with any has no write tag
 * in the TLB (memory/tlb.ts), so that every write to it comes here; one that changes a piece with code tells the
 * translator first. Writing the bytes that are there already changes nothing.
 */
import { CODE_PAGES, RAM } from '../layout';
import { markDirty } from './dirty';

/** (host address of the page, pieces that change): called before the write. */
export type CodeWriteHandler = (page: usize, pieces: u64) => void;
let handler: u32 = 0;

export function onCodeWrite(f: CodeWriteHandler): void {
  handler = f.index;
}

// @ts-ignore: decorator
@inline function slot(host: usize): usize {
  return CODE_PAGES + (((host - RAM) >> 12) << 3);
}
/** The pieces with code in the page of host address `host`, which lies in RAM. */
// @ts-ignore: decorator
@inline export function codePieces(host: usize): u64 {
  return load<u64>(slot(host));
}
export function setCodePieces(host: usize, pieces: u64): void {
  store<u64>(slot(host), pieces);
}
/** The pieces of `size` bytes at `host`, cut at the end of the page. */
export function piecesOf(host: usize, size: u32): u64 {
  const offset = (<u32>host) & 0xfff;
  const first = offset >> 6;
  const last = min(offset + size - 1, 0xfff) >> 6;
  const all: u64 = ~0;
  return (all << (<u64>first)) & (all >> (<u64>(63 - last)));
}
/** Are the `size` bytes at `host`, within a page, free of code? */
// @ts-ignore: decorator
@inline export function freeOfCode(host: usize, size: u32): bool {
  const pieces = codePieces(host);
  return !pieces || !(pieces & piecesOf(host, size));
}
/** The `size` bytes at `host`, within a page, are about to change. */
// @ts-ignore: decorator
@inline export function beforeWrite(host: usize, size: u32): void {
  if (codePieces(host)) tell(host, size);
}
function tell(host: usize, size: u32): void {
  const pieces = codePieces(host) & piecesOf(host, size);
  if (pieces) call_indirect<void>(handler, host & ~0xfff, pieces);
}
/** Stores `value` at `host`, RAM, within a page. */
// @ts-ignore: decorator
@inline export function storeRam<T>(host: usize, value: T): void {
  if (codePieces(host) && load<T>(host) != value) tell(host, sizeof<T>());
  markDirty(host);
  store<T>(host, value);
}
