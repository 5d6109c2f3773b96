/**
 * The module around a block: it imports the machine's memory as env.memory and from "core" the functions of entry.ts
 * under the names that the core exports, and exports the block as "block". It never imports the core's table: engines
 * copy imported tables into every instance.
 */
import {
  BODY,
  beginOutput,
  byte,
  bytes,
  closeSized,
  cursor,
  leb,
  MODULE,
  MODULE_SIZE,
  openSized,
  overflowed,
  writeTo,
} from './emit';
import { COUNT, emitLoads, emitStores, WIDE_LOCALS } from './frame';
import { declareLocals, getLocal, localRuns } from './local';
import { BLOCK, END, FUNCTION, I32, I64, VOID } from './wasm';

// Functions by their index: imports first
export const IMPORT_READ: u32 = 0;
export const IMPORT_WRITE: u32 = 1;
export const IMPORT_PREPARE: u32 = 2;
export const IMPORT_FINISH: u32 = 3;
export const IMPORT_MUL_OVERFLOWS: u32 = 4;
const IMPORTED_FUNCTIONS: u32 = 5;

// Sections
const TYPES: u32 = 1;
const IMPORTS: u32 = 2;
const FUNCTIONS: u32 = 3;
const EXPORTS: u32 = 7;
const CODE: u32 = 10;
const MEMORY: u32 = 2;

// Names with their lengths
const ENV: usize = memory.data<u8>([3, 0x65, 0x6e, 0x76]);
const CORE: usize = memory.data<u8>([4, 0x63, 0x6f, 0x72, 0x65]);
const MEMORY_NAME: usize = memory.data<u8>([6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79]);
const JIT_READ: usize = memory.data<u8>([7, 0x6a, 0x69, 0x74, 0x52, 0x65, 0x61, 0x64]);
const JIT_WRITE: usize = memory.data<u8>([8, 0x6a, 0x69, 0x74, 0x57, 0x72, 0x69, 0x74, 0x65]);
const JIT_PREPARE: usize = memory.data<u8>([10, 0x6a, 0x69, 0x74, 0x50, 0x72, 0x65, 0x70, 0x61, 0x72, 0x65]);
const JIT_FINISH: usize = memory.data<u8>([9, 0x6a, 0x69, 0x74, 0x46, 0x69, 0x6e, 0x69, 0x73, 0x68]);
const JIT_MUL_OVERFLOWS: usize = memory.data<u8>([
  15, 0x6a, 0x69, 0x74, 0x4d, 0x75, 0x6c, 0x4f, 0x76, 0x65, 0x72, 0x66, 0x6c, 0x6f, 0x77, 0x73,
]);
const BLOCK_NAME: usize = memory.data<u8>([5, 0x62, 0x6c, 0x6f, 0x63, 0x6b]);

function name(at: usize): void {
  bytes(at, <u32>load<u8>(at) + 1);
}
function importFunction(named: usize, type: u32): void {
  name(CORE);
  name(named);
  byte(0);
  leb(type);
}
function section(id: u32): usize {
  byte(id);
  return openSized();
}
/** A function type of up to three parameters; 0: none, and no result. */
function type(a: u32, b: u32, c: u32, result: u32): void {
  byte(FUNCTION);
  leb(<u32>(a != 0) + <u32>(b != 0) + <u32>(c != 0));
  if (a) byte(a);
  if (b) byte(b);
  if (c) byte(c);
  leb(<u32>(result != 0));
  if (result) byte(result);
}
/** Type n is that of imported function n, the last that of the block. */
function writeTypes(): void {
  const at = section(TYPES);
  leb(IMPORTED_FUNCTIONS + 1);
  type(I64, I32, 0, I64);
  type(I64, I64, I32, 0);
  type(I64, I32, 0, I32);
  type(I64, I32, 0, 0);
  type(I64, I64, 0, I32);
  type(0, 0, 0, I32);
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
  importFunction(JIT_READ, IMPORT_READ);
  importFunction(JIT_WRITE, IMPORT_WRITE);
  importFunction(JIT_PREPARE, IMPORT_PREPARE);
  importFunction(JIT_FINISH, IMPORT_FINISH);
  importFunction(JIT_MUL_OVERFLOWS, IMPORT_MUL_OVERFLOWS);
  closeSized(at);
}
function writeDeclarations(): void {
  let at = section(FUNCTIONS);
  leb(1);
  leb(IMPORTED_FUNCTIONS);
  closeSized(at);
  at = section(EXPORTS);
  leb(1);
  name(BLOCK_NAME);
  byte(0);
  leb(IMPORTED_FUNCTIONS);
  closeSized(at);
}
/** The function: locals, loads, the `size` bytes of its block, stores. */
function writeFunction(size: u32): void {
  const at = openSized();
  leb(2 + localRuns());
  leb(WIDE_LOCALS);
  byte(I64);
  leb(1);
  byte(I32);
  declareLocals();
  emitLoads();
  byte(BLOCK);
  byte(VOID);
  bytes(BODY, size);
  byte(END);
  emitStores();
  getLocal(COUNT);
  byte(END);
  closeSized(at);
}
/** Puts the module together around a body of `size` bytes; its length, 0 when it does not fit. */
export function writeModule(size: u32): u32 {
  beginOutput();
  writeTo(MODULE, MODULE_SIZE);
  bytes(MAGIC, 8);
  writeTypes();
  writeImports();
  writeDeclarations();
  const at = section(CODE);
  leb(1);
  writeFunction(size);
  closeSized(at);
  return overflowed() ? 0 : <u32>(cursor() - MODULE);
}
/** "\0asm", version 1. */
const MAGIC: usize = memory.data<u8>([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
