/**
 * The instruction stream and the fetch window: the host addresses at which the next instruction may start without a
 * check. One comparison an instruction answers three questions at once: has the code left its page, did the last
 * instruction fail, and does anything else (interrupt, trap flag, mode change) want attention? All but the first shut
 * the window, and the run loop then calls `attend`.
 *
 * These globals are transient: outside `run` the truth is CpuState.rip.
 */

/** Host address of the next instruction byte, in 64 bits so that RIP = ip - ripDelta is exact anywhere. */
let ip: u64 = 0;
/** `ip` at the first byte of the instruction that runs now. */
let start: u64 = 0;
let ripDelta: u64 = 0;
let windowStart: u64 = 0;
let windowSize: u64 = 0;

/** Nobody has asked for attention since the window was opened. */
let calm: bool = false;

// @ts-ignore: decorator
@inline export function inWindow(): bool {
  return ip - windowStart < windowSize;
}
/** Sends the run loop to `attend` before the next instruction. */
// @ts-ignore: decorator
@inline export function shutWindow(): void {
  windowSize = 0;
  calm = false;
}
/** The code has to be looked up again before the next instruction, nothing else. */
// @ts-ignore: decorator
@inline export function leaveWindow(): void {
  windowSize = 0;
}
/** Out of the window: is a new window all that is needed? */
// @ts-ignore: decorator
@inline export function onlyMoved(): bool {
  return calm;
}
/** Instructions may start at the `size` host bytes from `host`; RIP `rip` lies at host address `at`. */
export function openWindow(host: u64, size: u64, rip: u64, at: u64): void {
  windowStart = host;
  windowSize = size;
  calm = true;
  ripDelta = at - rip;
  ip = at;
}
/** The instruction at `rip` begins; its bytes are known, and nothing is fetched. */
// @ts-ignore: decorator
@inline export function standAt(rip: u64): void {
  windowSize = 0;
  calm = true;
  ripDelta = 0;
  ip = rip;
  start = rip;
}
/** Bytes at the end of a window's last page in which an instruction may not start: 15 bytes must follow. */
const TAIL: u64 = 14;
/**
 * The code moves on to host address `at` in the page at `page`. A page that continues the window, before or after it
 * and mapped alike, is added: code that hops between its pages then stays inside.
 */
// @ts-ignore: decorator
@inline export function moveWindow(page: u64, rip: u64, at: u64): void {
  const same = ripDelta == at - rip && windowSize != 0;
  if (same && page == windowStart + windowSize + TAIL) windowSize += 4096;
  else if (same && page + 4096 == windowStart) {
    windowStart = page;
    windowSize += 4096;
  } else {
    windowStart = page;
    windowSize = 4096 - TAIL;
    ripDelta = at - rip;
  }
  ip = at;
}

// @ts-ignore: decorator
@inline export function beginInstruction(): void {
  start = ip;
}
/** Winds back to the first byte of the running instruction: it failed, or has to be repeated. */
export function rewind(): void {
  ip = start;
}
/** RIP of the next instruction byte; in 16- and 32-bit code take the low 32 bits. */
// @ts-ignore: decorator
@inline export function nextRip(): u64 {
  return ip - ripDelta;
}
// @ts-ignore: decorator
@inline export function startRip(): u64 {
  return start - ripDelta;
}
/** Continues at `rip` of the same code segment (zero-extended in 16- and 32-bit code). */
// @ts-ignore: decorator
@inline export function seek(rip: u64): void {
  ip = rip + ripDelta;
}
/** Bytes of the running instruction that were fetched so far. */
// @ts-ignore: decorator
@inline export function fetchedBytes(): u32 {
  return <u32>(ip - start);
}
// @ts-ignore: decorator
@inline export function fetchStart(): usize {
  return <usize>start;
}

// The hot maps carry the address of the next byte in a local, `at`, and set `ip` once an instruction: a chain of loads
// and stores of `ip` would bound the interpreter's speed.

/** `ip` at the start of the instruction that begins now. */
// @ts-ignore: decorator
@inline export function beginAt(): u64 {
  start = ip;
  return ip;
}
/** Host address of the next byte. */
// @ts-ignore: decorator
@inline export function here(): u64 {
  return ip;
}
/** All before `at` has been fetched. */
// @ts-ignore: decorator
@inline export function advance(at: u64): void {
  ip = at;
}
// @ts-ignore: decorator
@inline export function fetchAt<T>(at: u64): T {
  ip = at + sizeof<T>();
  return load<T>(<usize>at);
}
/** An immediate of at most 32 bits, sign-extended to the operand's 64. */
// @ts-ignore: decorator
@inline export function fetchSignedAt<T>(at: u64): i64 {
  ip = at + sizeof<T>();
  return <i64>load<T>(<usize>at);
}
/** RIP of host address `at` in the code. */
// @ts-ignore: decorator
@inline export function ripAt(at: u64): u64 {
  return at - ripDelta;
}

/** The next immediate of the instruction. INVARIANT: 15 bytes from an instruction's start are readable (cpu/fetch.ts). */
// @ts-ignore: decorator
@inline export function fetch<T>(): T {
  const v = load<T>(<usize>ip);
  ip += sizeof<T>();
  return v;
}
/** An immediate of at most 32 bits, sign-extended to the operand's 64. */
// @ts-ignore: decorator
@inline export function fetchSigned<T>(): i64 {
  if (sizeof<T>() == 1) return <i64>fetch<i8>();
  if (sizeof<T>() == 2) return <i64>fetch<i16>();
  return <i64>fetch<i32>();
}
/** The instruction byte `ahead` bytes on, which stays. */
// @ts-ignore: decorator
@inline export function peek(ahead: u32 = 0): u32 {
  return load<u8>(<usize>ip + ahead);
}
/** Goes back to the first byte of the running instruction to read it again; returns the place for `continueAt`. */
export function restart(): u64 {
  const at = ip;
  ip = start;
  return at;
}
export function continueAt(at: u64): void {
  ip = at;
}
