/** Exits of a region to known places in the code. */
import { makeEntry, releaseEntry } from './entries';
import { Exit, leaveFor, leaveLinked, wrapRip } from './exits';
import { modeOf } from './mode';
import { addLink } from './regions';
import { hostPage, linearOfRip } from './stream';
import { Switch, switchValue } from './switches';

/** Leaves region number `region` for `rip`: for the region there, if it has one when it comes to that. */
export function leaveTo(rip: u64, region: u32): void {
  const wrapped = wrapRip(rip);
  const linear = linearOfRip(wrapped);
  const page = hostPage(linear);
  const host = page + ((<u32>linear) & 0xfff);
  const linked = page != 0 && switchValue(Switch.Linking) != 0;
  const entry = linked ? makeEntry(host, wrapped, modeOf(), linear) : 0;
  if (entry && addLink(region, entry)) {
    leaveLinked(entry);
    return;
  }
  if (entry) releaseEntry(entry);
  leaveFor(rip, Exit.Target);
}
