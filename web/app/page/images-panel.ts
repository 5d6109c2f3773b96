/** The list of images: what can be booted, what is being built, what could be built. */
import { byId, h, icon } from '../dom.ts';
import * as format from '../format.ts';
import type { Library, LibraryImage } from '../session/library.ts';
import type { Domains } from '../domains/domains.ts';

export interface ImageChoice {
  boot(image: LibraryImage): void;
  build(image: LibraryImage): void;
}

export class ImagesPanel {
  constructor(
    private readonly domains: Domains,
    private readonly library: Library,
    private readonly choice: ImageChoice,
  ) {
    library.onChange(() => {
      if (byId('images').matches(':popover-open')) this.fill();
    });
  }

  /** Draws the list; the focus stays on the image that had it. */
  fill(): void {
    const list = byId('image-list');
    const focused = document.activeElement?.closest<HTMLElement>('[data-image]')?.dataset['image'];
    list.replaceChildren(...this.library.state.images.map((image) => h('li', {}, this.row(image))));
    if (focused) list.querySelector<HTMLElement>(`[data-image="${CSS.escape(focused)}"]`)?.focus();
    const hint = byId('image-hint');
    hint.hidden = this.library.state.images.length > 0;
    hint.textContent = 'No images here. “npx domzero images build linux-nano” makes the smallest.';
  }

  private row(image: LibraryImage): HTMLElement {
    const guest = this.domains.current?.guest;
    const current = guest?.image === true && guest.name === image.name;
    const usable = image.state === 'ready' || (image.state === 'missing' && this.library.canBuild);
    const row = h(
      'button',
      { class: 'row', type: 'button', 'data-image': image.name, disabled: !usable, 'aria-current': current && 'true' },
      current ? icon('check') : undefined,
      h(
        'span',
        { class: 'image grow' },
        h('span', { class: 'name' }, image.title),
        h('span', { class: 'size' }, this.note(image)),
        h('span', { class: 'about' }, image.description),
      ),
    );
    row.addEventListener('click', () => {
      byId('images').hidePopover();
      if (image.state === 'ready') this.choice.boot(image);
      else this.choice.build(image);
    });
    return row;
  }

  private note(image: LibraryImage): string {
    if (image.state === 'ready') return image.size === undefined ? '' : format.bytes(image.size);
    if (image.state === 'missing') return this.library.canBuild ? 'Build' : 'Not built';
    const { build } = this.library.state;
    if (build?.name !== image.name || build.fraction === undefined) return 'Waiting to be built';
    return `Building, ${format.percent(Math.max(0.1, build.fraction))}`;
  }
}
