/**
 * Modules: the functions of regions that have been translated wait until there are enough of them, or until the oldest
 * has waited for long; then they become one module. It imports the machine's memory as env.memory and from "core" the
 * functions of engine/helpers.ts under the names that the core exports, and exports its functions as "0", "1" …
 * It never imports the core's table: engines copy imported tables into every instance.
 */
import { JIT_WAITING } from '../layout';
import {
  beginOutput,
  byte,
  bytes,
  closeSized,
  cursor,
  FUNCTIONS,
  FUNCTIONS_SIZE,
  leb,
  MODULE,
  MODULE_SIZE,
  openSized,
  overflowed,
  writeTo,
} from './emit';
import { extendedLocals, NATIVE_LOCALS } from './frame';
import { IMPORTED_FUNCTIONS } from './imports';
import { declareLocals, localRuns } from './local';
import { FIRST_SLOT } from './regions';
import { nativeType } from './width';
import { FUNCTION, I32, I64 } from './wasm';

// Sections
const TYPES: u32 = 1;
const IMPORTS: u32 = 2;
const FUNCTION_SECTION: u32 = 3;
const EXPORTS: u32 = 7;
const CODE: u32 = 10;
const MEMORY: u32 = 2;

const ENV: string = 'env';
const CORE: string = 'core';
const MEMORY_NAME: string = 'memory';

/** Functions that wait, at most; their regions. */
const MOST_FUNCTIONS: u32 = 128;
const WAITING: usize = JIT_WAITING;
let waiting: u32 = 0;
/** End of what has been written to FUNCTIONS. */
let end: usize = FUNCTIONS;
let length: u32 = 0;

export function waitingFunctions(): u32 {
  return waiting;
}
export function waitingRegion(i: u32): u32 {
  return load<u32>(WAITING + (i << 2));
}
/** Has the next function certainly room? */
export function functionsHaveRoom(most: u32): bool {
  return waiting < MOST_FUNCTIONS && <u32>(FUNCTIONS + FUNCTIONS_SIZE - end) > most;
}
export function forgetFunctions(): void {
  waiting = 0;
  end = FUNCTIONS;
  length = 0;
}
/** Starts the function of a region: what is written next is what comes before its body. */
export function openFunction(): usize {
  writeTo(end, <u32>(FUNCTIONS + FUNCTIONS_SIZE - end));
  const at = openSized();
  leb(3 + localRuns());
  leb(NATIVE_LOCALS);
  byte(nativeType());
  leb(1);
  byte(I32);
  leb(extendedLocals());
  byte(I64);
  declareLocals();
  return at;
}
/** Ends it; its size in bytes, 0 when it did not fit. */
export function closeFunction(at: usize, region: u32): u32 {
  closeSized(at);
  if (overflowed()) return 0;
  const size = <u32>(cursor() - at);
  end = cursor();
  store<u32>(WAITING + (waiting++ << 2), region);
  return size;
}

function name(text: string): void {
  leb(text.length);
  for (let i = 0; i < text.length; i++) byte(text.charCodeAt(i));
}
function importFunction(named: string, type: u32): void {
  name(CORE);
  name(named);
  byte(0);
  leb(type);
}
function section(id: u32): usize {
  byte(id);
  return openSized();
}
/** A function type of up to five parameters; 0: none, and no result. */
function type(a: u32, b: u32, c: u32, d: u32, result: u32, e: u32 = 0): void {
  byte(FUNCTION);
  leb(<u32>(a != 0) + <u32>(b != 0) + <u32>(c != 0) + <u32>(d != 0) + <u32>(e != 0));
  if (a) byte(a);
  if (b) byte(b);
  if (c) byte(c);
  if (d) byte(d);
  if (e) byte(e);
  leb(<u32>(result != 0));
  if (result) byte(result);
}
/** Type n is that of imported function n, the last that of regions. */
function writeTypes(): void {
  const at = section(TYPES);
  leb(IMPORTED_FUNCTIONS + 1);
  type(I64, I32, I32, 0, I32);
  type(I64, I32, I32, 0, I64);
  type(I64, I32, I32, I64, 0);
  type(I64, I32, I32, 0, I32);
  type(I32, I32, I32, 0, I32);
  type(I64, I32, 0, 0, I32);
  type(I64, I64, 0, 0, I32);
  type(I64, I32, I32, I32, I32, I32);
  type(I32, I32, 0, 0, I32);
  type(0, 0, 0, 0, I32);
  type(I32, 0, 0, 0, I32);
  type(I32, I32, 0, 0, I32);
  type(I32, 0, 0, 0, I64);
  closeSized(at);
}
function writeImports(): void {
  const at = section(IMPORTS);
  leb(IMPORTED_FUNCTIONS + 1);
  name(ENV);
  name(MEMORY_NAME);
  byte(MEMORY);
  leb(0); // no maximum
  leb(1);
  importFunction('jitRead', 0);
  importFunction('jitReadWide', 1);
  importFunction('jitWrite', 2);
  importFunction('jitPrepare', 3);
  importFunction('jitInterpret', 4);
  importFunction('jitPage', 5);
  importFunction('jitMulOverflows', 6);
  importFunction('jitFloat', 7);
  importFunction('jitInterrupt', 8);
  importFunction('jitIret', 9);
  importFunction('jitSystemCall', 10);
  importFunction('jitSegment', 11);
  closeSized(at);
}
function writeDeclarations(): void {
  let at = section(FUNCTION_SECTION);
  leb(waiting);
  for (let i: u32 = 0; i < waiting; i++) leb(IMPORTED_FUNCTIONS);
  closeSized(at);
  at = section(EXPORTS);
  leb(waiting);
  for (let i: u32 = 0; i < waiting; i++) {
    number(i);
    byte(0);
    leb(IMPORTED_FUNCTIONS + i);
  }
  closeSized(at);
}
/** A number as a name. */
function number(n: u32): void {
  const digits: u32 = n > 99 ? 3 : n > 9 ? 2 : 1;
  leb(digits);
  if (digits > 2) byte(0x30 + n / 100);
  if (digits > 1) byte(0x30 + ((n / 10) % 10));
  byte(0x30 + (n % 10));
}
/** Puts the module together in MODULE; false when it does not fit. */
export function writeModule(): bool {
  beginOutput();
  writeTo(MODULE, MODULE_SIZE);
  byte(0);
  byte(0x61);
  byte(0x73);
  byte(0x6d);
  byte(1);
  for (let i = 0; i < 3; i++) byte(0);
  writeTypes();
  writeImports();
  writeDeclarations();
  const at = section(CODE);
  leb(waiting);
  bytes(FUNCTIONS, <u32>(end - FUNCTIONS));
  closeSized(at);
  length = overflowed() ? 0 : <u32>(cursor() - MODULE);
  return length != 0;
}

// ---- for the host ----
export function moduleLength(): u32 {
  return length;
}
export function moduleFunctions(): u32 {
  return waiting;
}
/** Table slot of the module's function `i`. */
export function moduleSlot(i: u32): u32 {
  return FIRST_SLOT + waitingRegion(i);
}
