/** Where translated code finds the fields of a segment register. */
import { Segment } from '../cpu/state';

export function segmentBaseAt(s: Segment): usize {
  return changetype<usize>(s) + offsetof<Segment>('base');
}
export function segmentEndAt(s: Segment): usize {
  return changetype<usize>(s) + offsetof<Segment>('safeEnd');
}
