/**
 * What of the translator, and of the machine's idling, can be switched off, or set, while the machine runs
 * (docs/accelerate.md). The host reads names, bounds and descriptions from the text here; there is no other list.
 */
import { JIT_SWITCHES } from '../layout';
import { lineOf, numberAfter, writeText } from '../text';

/** Indices, in the order of the text. */
export namespace Switch {
  export const Linking: u32 = 0;
  export const Returns: u32 = 1;
  export const DeadFlags: u32 = 2;
  export const Fusion: u32 = 3;
  export const Registers: u32 = 4;
  export const Tlb: u32 = 5;
  export const Strings: u32 = 6;
  export const Region: u32 = 7;
  export const Threshold: u32 = 8;
  export const Targets: u32 = 9;
  export const First: u32 = 10;
  export const Promote: u32 = 11;
  export const Neighbours: u32 = 12;
  export const Hints: u32 = 13;
  export const Idle: u32 = 14;
}
const COUNT: u32 = 15;
/** Lines of: name, value at power-on, largest value, description. */
const LINES: string = `linking 1 1 a region goes straight to the next one that is known
returns 1 1 functions are taken into the region of their caller and their returns predicted
dead-flags 1 1 flags that nobody sees are not computed
fusion 1 1 a comparison and the branch on it are one operation
registers 1 1 guest registers stay in Wasm locals within a region
inline-tlb 1 1 the TLB is looked up in place instead of by a call
bulk-strings 1 1 repeated string instructions move whole pieces of pages
region 120 400 guest instructions in a region, at most
threshold 600 60000 executions of code before it is translated
targets 1 1 where indirect jumps have gone is taken into the region
first-region 64 400 guest instructions in a region at first, at most; 0: it is large from the start
promote 4000 60000 thousands of instructions (an entry counts as 16) that a region executes before it is made anew, large
neighbours 1 1 accesses to addresses that differ by a small constant share a look-up of the TLB
hints 1 1 the host's engine is told which branches are hardly ever taken
idle-skipping 1 1 while the guest waits the host sleeps, or with the instruction clock goes on at once; off: the processor spins
`;

const VALUES: usize = JIT_SWITCHES;
export const SWITCHES: usize = JIT_SWITCHES + 0x100;

/** Writes the text for the host, and the values at power-on. */
export function initSwitches(): void {
  writeText(SWITCHES, LINES);
  for (let i: u32 = 0; i < COUNT; i++) store<u32>(VALUES + (i << 2), numberAfter(lineOf(SWITCHES, i), 1));
}
// @ts-ignore: decorator
@inline export function switchValue(i: u32): u32 {
  return load<u32>(VALUES + (i << 2));
}
export function getSwitch(i: u32): u32 {
  return i < COUNT ? switchValue(i) : 0;
}
/** False: there is no such switch, or it does not take the value. Code made with another value is the caller's to drop. */
export function changeSwitch(i: u32, value: u32): bool {
  if (i >= COUNT || value > numberAfter(lineOf(SWITCHES, i), 2)) return false;
  store<u32>(VALUES + (i << 2), value);
  return true;
}
