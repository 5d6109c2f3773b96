/**
 * Exceptions and interrupts (SDM 3A chapter 6): the instructions that ask for one, and what the run loop calls between
 * instructions. A delivery that fails has changed nothing; what it failed with is delivered instead, as a double fault
 * where both belong together, and when that fails too the processor shuts down.
 */
import { acknowledge } from '../bus/interrupts';
import { currentRip } from './code';
import { noteDelivered } from './debug';
import { deliver, Kind } from './delivery';
import { fail, setExternal } from './errors';
import { clearFault, faultCode, faulted, faultVector, Vector } from './exceptions';
import { deliverShort, shortTarget } from './shortcuts';
import { cpu, FL_IF, FL_IOPL, v86Mode } from './state';
import { Trace, trace } from './undefined';
import { nextRip, seek, shutWindow } from './window';

export { Kind } from './delivery';

/** `cpu.halted` after a shutdown: only a reset ends it. */
export const SHUTDOWN: u32 = 2;

/**
 * A benign exception whose delivery raises it again (#AC with a misaligned stack at CPL 3) holds a real processor for
 * ever; here it ends in a shutdown. Any other sequence is over in fewer tries.
 */
const MAX_TRIES: u32 = 8;

// ---- instructions ----
/** INT n: in virtual-8086 mode only with IOPL 3. */
export function softwareInterrupt(n: u32): void {
  if (deliverShort(n, false, 0, Kind.Software, <u32>currentRip())) {
    seek(shortTarget);
    cpu.pendingDebug = 0;
    return;
  }
  if (v86Mode() && (cpu.eflags & FL_IOPL) != FL_IOPL) fail(Vector.GP, 0);
  else deliver(n, false, 0, Kind.Software);
}
export function int3(): void {
  deliver(Vector.BP, false, 0, Kind.Software);
}
/** INTO with OF set. */
export function into(): void {
  deliver(Vector.OF, false, 0, Kind.Software);
}
/** INT1 (ICEBP): #DB as if from outside; no privilege check, DR6 stays. */
export function int1(): void {
  setExternal(true);
  deliver(Vector.DB, false, 0, Kind.Trap);
  setExternal(false);
}

// ---- between instructions ----
/**
 * Delivers the exception that the last instruction recorded. INVARIANT: the instruction pointer was wound back to the
 * instruction (`rewind`), or is that of the instruction that could not be fetched.
 */
export function deliverFault(): void {
  const vector = faultVector();
  const code = faultCode();
  clearFault();
  // It did not complete: no trap after it.
  cpu.pendingDebug = 0;
  deliverException(vector, code, Kind.Fault);
}
/** Delivers exception `vector`; `kind` is Fault or Trap. */
export function deliverException(vector: u32, code: u32, kind: u32): void {
  const first = vector;
  cpu.halted = 0;
  setExternal(true);
  for (let tries: u32 = 1; !attempt(vector, code, kind); tries++) {
    const second = faultVector();
    const secondCode = faultCode();
    clearFault();
    if (vector == Vector.DF || tries == MAX_TRIES) {
      shutDown(first);
      break;
    }
    const double = isDouble(vector, second);
    vector = double ? Vector.DF : second;
    code = double ? 0 : secondCode;
    kind = Kind.Fault;
  }
  setExternal(false);
}
function attempt(vector: u32, code: u32, kind: u32): bool {
  deliver(vector, hasErrorCode(vector), code, kind);
  if (faulted()) return false;
  if (vector == Vector.DB) noteDelivered();
  return true;
}
/** SDM 3A table 6-5. */
function isDouble(first: u32, second: u32): bool {
  if (first == Vector.PF) return isContributory(second) || second == Vector.PF;
  return isContributory(first) && isContributory(second);
}
function isContributory(vector: u32): bool {
  return vector == Vector.DE || (vector >= Vector.TS && vector <= Vector.GP);
}
/** SDM 3A table 6-1. */
export function hasErrorCode(vector: u32): bool {
  return vector == Vector.DF || (vector >= Vector.TS && vector <= Vector.PF) || vector == Vector.AC;
}
function shutDown(vector: u32): void {
  trace(Trace.TripleFault, vector, nextRip());
  cpu.halted = SHUTDOWN;
  shutWindow();
}

/** Is an interrupt of the INTR pin to be taken now? */
export function interruptPending(): bool {
  return cpu.intr != 0 && (cpu.eflags & FL_IF) != 0;
}
/** Takes the interrupt of the INTR pin. */
export function deliverInterrupt(): void {
  deliverExternal(acknowledge());
}
export function nmiDeliverable(): bool {
  return cpu.nmiPending != 0 && !cpu.nmiBlocked;
}
export function deliverNmi(): void {
  cpu.nmiPending = 0;
  cpu.nmiBlocked = 1;
  deliverExternal(Vector.NMI);
}
function deliverExternal(vector: u32): void {
  cpu.halted = 0;
  setExternal(true);
  deliver(vector, false, 0, Kind.External);
  setExternal(false);
  if (!faulted()) return;
  // An interrupt is benign: what its delivery raised stands for itself.
  const second = faultVector();
  const code = faultCode();
  clearFault();
  deliverException(second, code, Kind.Fault);
}
