/** How much room there is, and whether what is kept will stay. */
import { h, setText } from '../dom.ts';
import * as format from '../format.ts';
import type { Quota } from '../snapshots/index.ts';

export class StorageLine {
  readonly element: HTMLElement;
  private readonly meter = h('meter', { min: '0', 'aria-label': 'Storage of this page' });
  private readonly room = h('span', { class: 'storage-room' });
  private readonly stays = h('span', {});

  constructor() {
    this.element = h('div', { class: 'storage', hidden: true }, this.meter, this.room, this.stays);
  }

  show({ used, limit, persistent }: Quota): void {
    this.element.hidden = false;
    this.meter.hidden = used === undefined || limit === undefined;
    this.meter.max = limit ?? 1;
    this.meter.value = used ?? 0;
    setText(this.room, roomOf(used, limit));
    setText(
      this.stays,
      persistent
        ? 'Persistent: it stays until you remove it.'
        : 'Not persistent: a browser short of room may clear it.',
    );
  }
}

function roomOf(used: number | undefined, limit: number | undefined): string {
  if (used === undefined) return 'This browser does not say how much room there is.';
  return limit === undefined
    ? `${format.bytes(used)} used.`
    : `${format.bytes(used)} of ${format.bytes(limit)} used by this page.`;
}
