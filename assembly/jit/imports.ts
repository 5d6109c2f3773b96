/** The functions of the core that translated code calls (engine/helpers.ts), by index: imports come before functions. */
export const IMPORT_READ: u32 = 0;
export const IMPORT_READ_WIDE: u32 = 1;
export const IMPORT_WRITE: u32 = 2;
export const IMPORT_PREPARE: u32 = 3;
export const IMPORT_INTERPRET: u32 = 4;
export const IMPORT_PAGE: u32 = 5;
export const IMPORT_MUL_OVERFLOWS: u32 = 6;
export const IMPORT_FLOAT: u32 = 7;
export const IMPORT_INTERRUPT: u32 = 8;
export const IMPORT_IRET: u32 = 9;
export const IMPORT_SYSTEM_CALL: u32 = 10;
export const IMPORT_SEGMENT: u32 = 11;
export const IMPORTED_FUNCTIONS: u32 = 12;
