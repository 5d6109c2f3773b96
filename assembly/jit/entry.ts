/**
 * What translated code calls when the TLB compare at an access does not match: a TLB miss, or an access to two pages,
 * of plain RAM. Anything else (faults, devices, watchpoints, alignment checks) is refused: nothing has happened then,
 * JIT_REFUSED says so, and the block is left for the interpreter to execute the instruction. Device registers are thereby
 * accessed between blocks, with an exact instruction count.
 */
import { clearFault, faulted } from '../cpu/exceptions';
import { cpu } from '../cpu/state';
import { overflowsSigned } from '../isa/wide';
import { JIT_REFUSED, SCRATCH } from '../layout';
import { finishRmw, prepareRmw, probeRead, probeWrite, read, write } from '../memory/access';
import { wrapLinear } from '../memory/segmented';
import { entryFor, READ, WRITE } from '../memory/tlb';

/** Is the page of `linear` plain RAM that the TLB serves? */
function serves(linear: u64, tag: usize): bool {
  return load<u64>(entryFor(linear) + tag) == (linear & ~0xfff);
}
/** Does the access reach plain RAM only? Sets REFUSED; CR2 stays as it is until the interpreter faults for real. */
function granted(linear: u64, size: u32, tag: usize): bool {
  const cr2 = cpu.cr2;
  let ok = tag == WRITE ? probeWrite(linear, size) : probeRead(linear, size);
  if (faulted()) {
    clearFault();
    cpu.cr2 = cr2;
  }
  ok = ok && serves(linear, tag) && serves(wrapLinear(linear + size - 1), tag);
  store<u32>(JIT_REFUSED, <u32>!ok);
  return ok;
}

export function jitRead(linear: u64, size: u32): u64 {
  if (!granted(linear, size, READ)) return 0;
  if (size == 1) return <u64>read<u8>(linear);
  if (size == 2) return <u64>read<u16>(linear);
  if (size == 4) return <u64>read<u32>(linear);
  return read<u64>(linear);
}
export function jitWrite(linear: u64, value: u64, size: u32): void {
  if (!granted(linear, size, WRITE)) return;
  if (size == 1) write<u8>(linear, <u8>value);
  else if (size == 2) write<u16>(linear, <u16>value);
  else if (size == 4) write<u32>(linear, <u32>value);
  else write<u64>(linear, value);
}
/** Host address for a read-modify-write; SCRATCH when the operand lies in two pages, `jitFinish` is then to follow. */
export function jitPrepare(linear: u64, size: u32): u32 {
  if (!granted(linear, size, WRITE)) return <u32>SCRATCH;
  if (size == 1) return <u32>prepareRmw<u8>(linear);
  if (size == 2) return <u32>prepareRmw<u16>(linear);
  if (size == 4) return <u32>prepareRmw<u32>(linear);
  return <u32>prepareRmw<u64>(linear);
}
/** Writes back what `jitPrepare` put into SCRATCH. */
export function jitFinish(value: u64, size: u32): void {
  if (size == 2) finishRmw<u16>(SCRATCH, <u16>value);
  else if (size == 4) finishRmw<u32>(SCRATCH, <u32>value);
  else finishRmw<u64>(SCRATCH, value);
}
/** Does the signed product of two u64 exceed 64 bits? */
export function jitMulOverflows(x: u64, y: u64): u32 {
  return <u32>overflowsSigned<u64>(x, y);
}
