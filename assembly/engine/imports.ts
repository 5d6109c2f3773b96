/** What translated code calls, for the host to put into the table that modules import. */
import {
  IMPORT_FLOAT,
  IMPORT_INTERPRET,
  IMPORT_INTERRUPT,
  IMPORT_IRET,
  IMPORT_LOAD,
  IMPORT_MUL_OVERFLOWS,
  IMPORT_PREPARE,
  IMPORT_SEGMENT,
  IMPORT_STORE,
  IMPORT_SYSTEM_CALL,
  IMPORTED_FUNCTIONS,
} from '../jit/imports';
import * as accesses from './accesses';
import { jitFloat, jitInterpret, jitMulOverflows } from './helpers';
import { jitInterrupt, jitIret, jitSegment, jitSystemCall } from './transfers';

export function helperCount(): u32 {
  return IMPORTED_FUNCTIONS;
}
/** The slot of the core's table where function `i` of jit/imports.ts lies. */
export function helperSlot(i: u32): u32 {
  if (i < IMPORT_INTERPRET) return accessSlot(i);
  switch (i) {
    case IMPORT_INTERPRET:
      return jitInterpret.index;
    case IMPORT_MUL_OVERFLOWS:
      return jitMulOverflows.index;
    case IMPORT_FLOAT:
      return jitFloat.index;
    case IMPORT_INTERRUPT:
      return jitInterrupt.index;
    case IMPORT_IRET:
      return jitIret.index;
    case IMPORT_SYSTEM_CALL:
      return jitSystemCall.index;
    case IMPORT_SEGMENT:
      return jitSegment.index;
  }
  return 0;
}
function accessSlot(i: u32): u32 {
  switch (i) {
    case IMPORT_LOAD:
      return accesses.jitLoad8.index;
    case IMPORT_LOAD + 1:
      return accesses.jitLoad16.index;
    case IMPORT_LOAD + 2:
      return accesses.jitLoad32.index;
    case IMPORT_LOAD + 3:
      return accesses.jitLoad64.index;
    case IMPORT_STORE:
      return accesses.jitStore8.index;
    case IMPORT_STORE + 1:
      return accesses.jitStore16.index;
    case IMPORT_STORE + 2:
      return accesses.jitStore32.index;
    case IMPORT_STORE + 3:
      return accesses.jitStore64.index;
    case IMPORT_PREPARE:
      return accesses.jitPrepare8.index;
    case IMPORT_PREPARE + 1:
      return accesses.jitPrepare16.index;
    case IMPORT_PREPARE + 2:
      return accesses.jitPrepare32.index;
  }
  return accesses.jitPrepare64.index;
}
