/**
 * Modules: the functions of regions that have been translated wait until there are enough of them, or until the oldest
 * has waited for long; then they become one module. It imports the machine's memory as env.memory and as core.helpers a small table of
 * functions of the core (imports.ts), and exports its functions as "0", "1" … It never imports the core's own table: engines copy
 * imported tables into every instance.
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
  SIZED,
  writeTo,
} from './emit';
import { extendedLocals, NATIVE_LOCALS } from './frame';
import { forgetHints, hasHints, keepHints, writeHints } from './hints';
import { IMPORTED_FUNCTIONS, writeTypeList } from './imports';
import { declareLocals, localRuns } from './local';
import { FIRST_SLOT } from './regions';
import { Switch, switchValue } from './switches';
import { nativeType } from './width';
import { I32, I64 } from './wasm';

// Sections
const CUSTOM: u32 = 0;
const TYPES: u32 = 1;
const IMPORTS: u32 = 2;
const FUNCTION_SECTION: u32 = 3;
const EXPORTS: u32 = 7;
const CODE: u32 = 10;
const TABLE: u32 = 1;
const MEMORY: u32 = 2;
const FUNCTION_REFERENCES: u32 = 0x70;

const ENV: string = 'env';
const CORE: string = 'core';
const MEMORY_NAME: string = 'memory';
const HELPERS: string = 'helpers';
const HINT_SECTION: string = 'metadata.code.branch_hint';

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
  forgetHints();
}
/** Starts the function of a region, at what it returns: what is written next is what comes before its body. */
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
/** Ends it, whose body stands `before` bytes behind where it starts; its size in bytes, 0 when it did not fit. */
export function closeFunction(at: usize, region: u32, before: u32): u32 {
  closeSized(at);
  if (overflowed()) return 0;
  const size = <u32>(cursor() - at);
  end = cursor();
  keepHints(waiting, before - SIZED);
  store<u32>(WAITING + (waiting++ << 2), region);
  return size;
}

function name(text: string): void {
  leb(text.length);
  for (let i = 0; i < text.length; i++) byte(text.charCodeAt(i));
}
function section(id: u32): usize {
  byte(id);
  return openSized();
}
function writeTypes(): void {
  const at = section(TYPES);
  writeTypeList();
  closeSized(at);
}
function writeImports(): void {
  const at = section(IMPORTS);
  leb(2);
  name(ENV);
  name(MEMORY_NAME);
  byte(MEMORY);
  leb(0); // no maximum
  leb(1);
  name(CORE);
  name(HELPERS);
  byte(TABLE);
  byte(FUNCTION_REFERENCES);
  leb(0);
  leb(IMPORTED_FUNCTIONS);
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
    leb(i);
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
function writeHintSection(): void {
  const at = section(CUSTOM);
  name(HINT_SECTION);
  writeHints();
  closeSized(at);
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
  if (hasHints() && switchValue(Switch.Hints)) writeHintSection();
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
