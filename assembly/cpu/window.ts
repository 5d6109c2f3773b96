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

// @ts-ignore: decorator
@inline export function inWindow(): bool {
  return ip - windowStart < windowSize;
}
/** Sends the run loop to `attend` before the next instruction. */
// @ts-ignore: decorator
@inline export function shutWindow(): void {
  windowSize = 0;
}
/** Instructions may start at the `size` host bytes from `host`; RIP `rip` lies at host address `at`. */
export function openWindow(host: u64, size: u64, rip: u64, at: u64): void {
  windowStart = host;
  windowSize = size;
  ripDelta = at - rip;
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
/** The instruction byte `at` bytes ahead, which stays. */
// @ts-ignore: decorator
@inline export function peek(at: u32 = 0): u32 {
  return load<u8>(<usize>ip + at);
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
