/**
 * Where indirect jumps, calls and returns have gone, as regions that were left by them tell: by the host address of the
 * instruction, up to sixteen targets. When enough is known the region is translated anew, with these targets in it.
 */
import { JIT_REMADE, JIT_TARGETS } from '../layout';

export const MOST_TARGETS: u32 = 16;
const SITES: u32 = 4096;
const SITE_SIZE: u32 = 256;
/** How often a site is seen before its targets count, and as long as they are looked at. */
const FIRST_LOOK: u32 = 100;
const LAST_LOOK: u32 = 5000;
/** After so many indirect exits a region is made anew; and once more after as many times that. */
const FEW: u32 = 200;
const MANY: u32 = 5000;
const PLACES: u32 = 0x10000;
/** A target is worth code if one in so many transfers goes there. */
const RARE: u32 = 48;


@unmanaged
class Site {
  host: u32;
  seen: u32;
}
const COUNTS: usize = 8;
const RIPS: usize = 72;

// @ts-ignore: decorator
@inline function site(host: u32): Site {
  return changetype<Site>(JIT_TARGETS + ((host ^ (host >> 12)) & (SITES - 1)) * SITE_SIZE);
}
// @ts-ignore: decorator
@inline function countAt(s: Site, i: u32): usize {
  return changetype<usize>(s) + COUNTS + (i << 2);
}
// @ts-ignore: decorator
@inline function ripAt(s: Site, i: u32): usize {
  return changetype<usize>(s) + RIPS + (i << 3);
}
/** The instruction at `host` went to `rip`. */
export function noteTarget(host: u32, rip: u64): void {
  const s = site(host);
  if (s.host != host) {
    memory.fill(changetype<usize>(s), 0, SITE_SIZE);
    s.host = host;
  }
  if (s.seen > LAST_LOOK) return;
  s.seen++;
  noteAt(s, rip);
}
/** Should the region at `host`, left `exits` times by indirect transfers, be made anew? At most twice. */
export function shouldRemake(host: u32, exits: u32): bool {
  if (exits != FEW && exits != MANY) return false;
  const at = JIT_REMADE + ((host ^ (host >> 16)) & (PLACES - 1));
  const done = load<u8>(at);
  if (done >= (exits == FEW ? 1 : 2)) return false;
  store<u8>(at, done + 1);
  return true;
}
/** Counts it; a new target takes the place of one that was seen once. */
function noteAt(s: Site, rip: u64): void {
  let place: u32 = MOST_TARGETS;
  let least: u32 = 2;
  for (let i: u32 = 0; i < MOST_TARGETS; i++) {
    const n = load<u32>(countAt(s, i));
    if (n && load<u64>(ripAt(s, i)) == rip) {
      store<u32>(countAt(s, i), n + 1);
      return;
    }
    if (n < least) {
      place = i;
      least = n;
    }
  }
  if (place == MOST_TARGETS) return;
  store<u64>(ripAt(s, place), rip);
  store<u32>(countAt(s, place), 1);
}
/** Is target number `i` of the instruction at `host` frequent? */
export function isFrequent(host: u32, i: u32): bool {
  const s = site(host);
  return s.host == host && s.seen >= FIRST_LOOK && load<u32>(countAt(s, i)) * RARE >= s.seen;
}
export function targetOf(host: u32, i: u32): u64 {
  return load<u64>(ripAt(site(host), i));
}
export function forgetTargets(): void {
  memory.fill(JIT_TARGETS, 0, SITES * SITE_SIZE);
  memory.fill(JIT_REMADE, 0, PLACES);
}
