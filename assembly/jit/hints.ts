/**
 * Branch hints: which way branches of a function nearly always go, in the custom section metadata.code.branch_hint (branch
 * hinting, part of WebAssembly 3.0). An engine that reads them puts what is unlikely behind the rest, where it costs the
 * likely way neither instruction cache nor registers; another one skips the section.
 */
import { BODY, bytes, cursor, HINTS, HINTS_SIZE, leb, writeTo } from './emit';

/** What of the section comes true: the branch is taken, the `if` entered. */
export namespace Odds {
  export const Seldom: u32 = 0;
  export const Mostly: u32 = 1;
  export const Even: u32 = 2;
}
/** Of the function that is being written: u32 each, where in BODY the branch stands, and its odds in bit 0. */
const NOTED: usize = HINTS;
const MOST_NOTED: u32 = 4096;
/** The vector of the section, for the functions that wait for their module. */
const ENCODED: usize = NOTED + (MOST_NOTED << 2);
const ENCODED_SIZE: u32 = HINTS_SIZE - (MOST_NOTED << 2);
/** A function's number and how many hints it has; a hint: where, that it is a byte, which. */
const LONGEST_HEAD: u32 = 8;
const LONGEST_HINT: u32 = 5;

let noted: u32 = 0;
let functions: u32 = 0;
let encoded: u32 = 0;

export function beginHints(): void {
  noted = 0;
}
/** Notes how the branch goes that is written next. What there is no room for goes without. */
export function hint(odds: u32): void {
  if (odds == Odds.Even || noted == MOST_NOTED) return;
  store<u32>(NOTED + (noted++ << 2), ((<u32>(cursor() - BODY)) << 1) | odds);
}
/** The function is number `n` of its module, and BODY stands `before` bytes behind its begin. */
export function keepHints(n: u32, before: u32): void {
  const most = LONGEST_HEAD + noted * LONGEST_HINT;
  if (!noted || most > ENCODED_SIZE - encoded) return;
  writeTo(ENCODED + encoded, most);
  leb(n);
  leb(noted);
  for (let i: u32 = 0; i < noted; i++) encode(load<u32>(NOTED + (i << 2)), before);
  encoded = <u32>(cursor() - ENCODED);
  functions++;
}
function encode(h: u32, before: u32): void {
  leb((h >> 1) + before);
  leb(1);
  leb(h & 1);
}
/** The functions have got their module, or never will. */
export function forgetHints(): void {
  functions = 0;
  encoded = 0;
}
export function hasHints(): bool {
  return functions != 0;
}
/** Writes what stands in the section behind its name. */
export function writeHints(): void {
  leb(functions);
  bytes(ENCODED, encoded);
}
