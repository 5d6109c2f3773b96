/** The inspector's frame: shown and hidden at once, filled when its code has come. */
import type { Domains } from '../domains/domains.ts';
import { byId } from '../dom.ts';
import { messageOf } from '../format.ts';
import type { Inspector, InspectorDeeds } from './inspector.ts';

export class LazyInspector {
  private loading: Promise<Inspector> | undefined;

  constructor(
    private readonly domains: Domains,
    private readonly deeds: InspectorDeeds,
    private readonly enter: () => void,
  ) {
    domains.onChange((changed) => {
      if (!changed) this.show();
    });
  }

  /** Opens it with the focus in it, or closes it. */
  toggle(): void {
    const open = !this.domains.layout.inspector;
    this.domains.arrange({ inspector: open });
    if (open) void this.loading?.then((inspector) => inspector.focus());
    else this.enter();
  }

  open(tab: 'switches' | 'charts' | 'settings'): void {
    this.domains.arrange({ inspector: true });
    void this.loading?.then((inspector) => {
      inspector.select(tab);
      inspector.focus();
    });
  }

  /** After a change of theme. */
  recolour(): void {
    void this.loading?.then((inspector) => inspector.recolour());
  }

  private show(): void {
    const { inspector: open } = this.domains.layout;
    const root = byId('inspector');
    root.hidden = !open;
    byId('inspector-button').setAttribute('aria-pressed', String(open));
    if (!open || this.loading) return;
    root.replaceChildren('Loading…');
    this.loading = import('./inspector.ts').then(({ Inspector }) => new Inspector(this.domains, this.deeds));
    this.loading.catch((error: unknown) => {
      this.loading = undefined;
      root.replaceChildren(`This part of the page could not be loaded: ${messageOf(error)}`);
    });
  }
}
