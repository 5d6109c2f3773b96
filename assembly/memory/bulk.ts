/** Host addresses for whole runs of bytes within a page: what makes string instructions fast. */
import { faulted } from '../cpu/exceptions';
import { probeRead, probeWrite } from './access';
import { DELTA, entryFor, isCodePage, READ, WRITE } from './tlb';

/** Are runs of bytes moved as a whole? If not, element by element, with the same result. */
export let moveWhole: bool = true;
export function setMoveWhole(on: bool): void {
  moveWhole = on;
}

/** Host address of `linear` for reading up to the end of its page; 0 when it faulted or is not plain RAM. */
export function hostForRead(linear: u64): usize {
  const entry = entryFor(linear);
  const page = linear & ~0xfff;
  if (load<u64>(entry, READ) != page) {
    probeRead(linear, 1);
    if (faulted() || load<u64>(entry, READ) != page) return 0;
  }
  return <u32>linear + load<u32>(entry, DELTA);
}
/** The same for writing; the caller says `beforeWrite` (memory/code-pages.ts) for what it is going to write. */
export function hostForWrite(linear: u64): usize {
  const entry = entryFor(linear);
  const page = linear & ~0xfff;
  if (load<u64>(entry, WRITE) != page && !isCodePage(linear)) {
    probeWrite(linear, 1);
    if (faulted() || (load<u64>(entry, WRITE) != page && !isCodePage(linear))) return 0;
  }
  return <u32>linear + load<u32>(entry, DELTA);
}
/** Bytes from `linear` to the end of its page. */
// @ts-ignore: decorator
@inline export function pageRoom(linear: u64): u32 {
  return 0x1000 - ((<u32>linear) & 0xfff);
}
