/**
 * Guest memory by linear address, at the current privilege. The fast path is one TLB compare; what does not match
 * (miss, page crossing, MMIO, watchpoint, alignment check, or an address that segmentation has still to check) goes
 * through `resolve`, which raises the exception when the access is not allowed. After a call ask `faulted()`.
 */
import { RAM, SCRATCH } from '../layout';
import { faulted } from '../cpu/exceptions';
import { allowWrites, DELTA, entryFor, isCodePage, lastPage, READ, selectTlb, userTlb, WRITE } from './tlb';
import { codePieces, storeRam } from './code-pages';
import { hostAddress, isRam, readPhysical, writePhysical } from './physical';
import { Access, translate } from './paging';
import { POISON, resolveSegmented, wrapLinear } from './segmented';
import { checkAccess } from './checks';

// @ts-ignore: decorator
@inline export function read<T>(linear: u64): T {
  const entry = entryFor(linear);
  if (load<u64>(entry, READ) == lastPage<T>(linear)) return load<T>(<u32>linear + load<u32>(entry, DELTA));
  return readSlow<T>(linear);
}
// @ts-ignore: decorator
@inline export function write<T>(linear: u64, value: T): void {
  const entry = entryFor(linear);
  if (load<u64>(entry, WRITE) == lastPage<T>(linear)) store<T>(<u32>linear + load<u32>(entry, DELTA), value);
  else writeSlow<T>(linear, value);
}
/**
 * Host address for reading, modifying and writing `T`; the value is there. Follow with `finishRmw`. What has no single
 * host address is worked on in SCRATCH. Returns SCRATCH, holding 0, when it raised an exception.
 */
// @ts-ignore: decorator
@inline export function prepareRmw<T>(linear: u64): usize {
  const entry = entryFor(linear);
  if (load<u64>(entry, WRITE) == lastPage<T>(linear)) return <u32>linear + load<u32>(entry, DELTA);
  return prepareRmwSlow<T>(linear);
}
// @ts-ignore: decorator
@inline export function finishRmw<T>(host: usize, value: T): void {
  store<T>(host, value);
  if (host == SCRATCH) finishRmwSlow<T>();
}

/** The physical addresses of the running access: its first byte, and its first byte on the second page if it crosses. */
let physical: u64 = 0;
let physicalNext: u64 = 0;
let firstPart: u32 = 0;

/** Checks and translates `size` bytes at `linear`; false when it raised an exception. */
function resolve(linear: u64, size: u32, access: u32): bool {
  let a = linear;
  if (a - POISON < 0x10000) {
    a = resolveSegmented(a - POISON, size, access);
    if (faulted()) return false;
  }
  if (!checkAccess(a, size, access)) return false;
  const room: u32 = 0x1000 - ((<u32>a) & 0xfff);
  firstPart = min(room, size);
  physical = locate(a, access);
  if (faulted()) return false;
  if (size > room) {
    physicalNext = locate(wrapLinear(a + room), access);
    return !faulted();
  }
  return true;
}
/** Physical address of one byte: by the TLB, which an access across pages has missed as a whole only. */
function locate(a: u64, access: u32): u64 {
  const entry = entryFor(a);
  const tag = access == Access.Write ? load<u64>(entry, WRITE) : load<u64>(entry, READ);
  // Code does not take the right to write away: whether the page tables are read again must not depend on it
  if (tag == (a & ~0xfff) || (access == Access.Write && isCodePage(a)))
    return <u64>(<u32>a + load<u32>(entry, DELTA) - <u32>RAM);
  return translate(a, access, userTlb());
}
function crosses(size: u32): bool {
  return firstPart < size;
}
function byteAddress(i: u32): u64 {
  return i < firstPart ? physical + i : physicalNext + (i - firstPart);
}

function readSlow<T>(linear: u64): T {
  if (!resolve(linear, sizeof<T>(), Access.Read)) return <T>0;
  return readResolved<T>();
}
function readResolved<T>(): T {
  if (!crosses(sizeof<T>())) return readPhysical<T>(physical);
  if (bothRam()) return readAcross<T>();
  let v: u64 = 0;
  for (let i: u32 = 0; i < sizeof<T>(); i++) v |= (<u64>readPhysical<u8>(byteAddress(i))) << (i << 3);
  return <T>v;
}
function bothRam(): bool {
  return isRam(physical) && isRam(physicalNext);
}
/** The last eight bytes of the one page and the first eight of the other hold it. */
function readAcross<T>(): T {
  const low = load<u64>(hostAddress((physical & ~0xfff) + 0xff8)) >> ((8 - firstPart) << 3);
  return <T>(low | (load<u64>(hostAddress(physicalNext)) << (firstPart << 3)));
}
function writeAcross<T>(value: T): void {
  const first = hostAddress(physical);
  const second = hostAddress(physicalNext) - firstPart;
  for (let i: u32 = 0; i < sizeof<T>(); i++)
    storeRam<u8>((i < firstPart ? first : second) + i, <u8>((<u64>value) >> (i << 3)));
}
function writeSlow<T>(linear: u64, value: T): void {
  if (isCodePage(linear) && (linear & 0xfff) + sizeof<T>() <= 0x1000) {
    const host = <usize>(<u32>linear + load<u32>(entryFor(linear), DELTA));
    if (codePieces(host)) storeRam<T>(host, value);
    else {
      allowWrites(linear);
      store<T>(host, value);
    }
    return;
  }
  if (resolve(linear, sizeof<T>(), Access.Write)) writeResolved<T>(value);
}
function writeResolved<T>(value: T): void {
  if (!crosses(sizeof<T>())) writePhysical<T>(physical, value);
  else if (bothRam()) writeAcross<T>(value);
  else for (let i: u32 = 0; i < sizeof<T>(); i++) writePhysical<u8>(byteAddress(i), <u8>((<u64>value) >> (i << 3)));
}
function prepareRmwSlow<T>(linear: u64): usize {
  store<u64>(SCRATCH, 0);
  if (!resolve(linear, sizeof<T>(), Access.Write)) return SCRATCH;
  if (!crosses(sizeof<T>()) && isRam(physical) && !codePieces(hostAddress(physical))) return hostAddress(physical);
  store<T>(SCRATCH, readResolved<T>());
  return SCRATCH;
}
function finishRmwSlow<T>(): void {
  if (!faulted()) writeResolved<T>(load<T>(SCRATCH));
}

/** Raises the exception that writing `size` bytes (at most a page) at `linear` would; changes nothing but A and D bits. */
export function probeWrite(linear: u64, size: u32): bool {
  return resolve(linear, size, Access.Write);
}
export function probeRead(linear: u64, size: u32): bool {
  return resolve(linear, size, Access.Read);
}

/** Accesses that the processor makes on its own behalf (descriptor tables, TSS, inner stacks): as supervisor. */
export function readSystem<T>(linear: u64): T {
  const user = userTlb();
  selectTlb(false);
  const v = read<T>(linear);
  selectTlb(user);
  return v;
}
export function writeSystem<T>(linear: u64, value: T): void {
  const user = userTlb();
  selectTlb(false);
  write<T>(linear, value);
  selectTlb(user);
}
