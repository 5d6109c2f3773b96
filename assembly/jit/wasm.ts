/**
 * The Wasm binary format as far as translated code uses it (WebAssembly Core Specification 5.4). An operation on i64
 * has the number of the one on i32 plus a constant, which is how the translator picks by width.
 */

/** Types; VOID is the type of a block without a result. */
export const I32: u32 = 0x7f;
export const I64: u32 = 0x7e;
export const FUNCTION: u32 = 0x60;
export const VOID: u32 = 0x40;

/** Control and locals. */
export const BLOCK: u32 = 0x02;
export const LOOP: u32 = 0x03;
export const IF: u32 = 0x04;
export const ELSE: u32 = 0x05;
export const END: u32 = 0x0b;
export const BR: u32 = 0x0c;
export const BR_IF: u32 = 0x0d;
export const RETURN: u32 = 0x0f;
export const CALL_INDIRECT: u32 = 0x11;
export const SELECT: u32 = 0x1b;
export const LOCAL_GET: u32 = 0x20;
export const LOCAL_SET: u32 = 0x21;
export const LOCAL_TEE: u32 = 0x22;

/** Memory: followed by alignment and offset. */
export const I32_LOAD: u32 = 0x28;
export const I64_LOAD: u32 = 0x29;
export const I32_LOAD8_U: u32 = 0x2d;
export const I32_LOAD16_U: u32 = 0x2f;
export const I32_STORE: u32 = 0x36;
export const I64_STORE: u32 = 0x37;
export const I32_STORE8: u32 = 0x3a;
export const I32_STORE16: u32 = 0x3b;

export const I32_CONST: u32 = 0x41;
export const I64_CONST: u32 = 0x42;

/** Comparisons; i64: + COMPARE_64. */
export const EQZ: u32 = 0x45;
export const EQ: u32 = 0x46;
export const NE: u32 = 0x47;
export const LT_S: u32 = 0x48;
export const LT_U: u32 = 0x49;
export const GT_U: u32 = 0x4b;
export const LE_S: u32 = 0x4c;
export const LE_U: u32 = 0x4d;
export const GE_U: u32 = 0x4f;
export const COMPARE_64: u32 = 0x0b;

/** Arithmetic; i64: + ARITHMETIC_64. */
export const CLZ: u32 = 0x67;
export const CTZ: u32 = 0x68;
export const POPCNT: u32 = 0x69;
export const ADD: u32 = 0x6a;
export const SUB: u32 = 0x6b;
export const MUL: u32 = 0x6c;
export const DIV_S: u32 = 0x6d;
export const DIV_U: u32 = 0x6e;
export const REM_U: u32 = 0x70;
export const AND: u32 = 0x71;
export const OR: u32 = 0x72;
export const XOR: u32 = 0x73;
export const SHL: u32 = 0x74;
export const SHR_S: u32 = 0x75;
export const SHR_U: u32 = 0x76;
export const ROTL: u32 = 0x77;
export const ROTR: u32 = 0x78;
export const ARITHMETIC_64: u32 = 0x12;

/** Conversions. */
export const I32_WRAP: u32 = 0xa7;
export const I64_EXTEND_S: u32 = 0xac;
export const I64_EXTEND_U: u32 = 0xad;
export const I32_EXTEND8_S: u32 = 0xc0;
export const I32_EXTEND16_S: u32 = 0xc1;
