/** A tab for each machine above the terminals, as soon as there are two. Arrow keys walk them, as in any tab list. */
import type { Domain } from '../domains/domain.ts';
import type { Domains } from '../domains/domains.ts';
import { byId, h, setText } from '../dom.ts';
import { stateOf } from '../page/status-line.ts';

export class Tabs {
  private readonly strip = byId('tabs');

  constructor(
    private readonly domains: Domains,
    private readonly enter: () => void,
  ) {
    domains.onChange(() => this.show());
    this.strip.addEventListener('keydown', (event) => {
      const step = ({ ArrowRight: 1, ArrowLeft: -1 } as const)[event.key];
      if (!step) return;
      event.preventDefault();
      domains.step(step);
      this.strip.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
    });
  }

  private show(): void {
    const { list, layout, current } = this.domains;
    this.strip.hidden = list.length < 2 || layout.view === 'tiles';
    while (this.strip.children.length > list.length) this.strip.lastElementChild?.remove();
    list.forEach((domain, i) => this.showTab(this.tab(i), domain, domain === current));
  }

  private tab(i: number): HTMLElement {
    const there = this.strip.children[i];
    if (there) return there as HTMLElement;
    const tab = h('button', { class: 'tab', type: 'button', role: 'tab' });
    tab.append(h('span', { class: 'dot', 'aria-hidden': 'true' }), h('span', { class: 'tab-name' }));
    tab.addEventListener('click', () => {
      const domain = this.domains.find(tab.dataset['domain']);
      if (!domain) return;
      this.domains.select(domain);
      this.enter();
    });
    this.strip.append(tab);
    return tab;
  }

  private showTab(tab: HTMLElement, domain: Domain, current: boolean): void {
    const { key, word } = stateOf(domain);
    tab.dataset['domain'] = domain.id;
    tab.dataset['state'] = key;
    tab.setAttribute('aria-selected', String(current));
    tab.setAttribute('aria-controls', `pane-${domain.id}`);
    tab.tabIndex = current ? 0 : -1;
    tab.title = `${domain.name}: ${word}`;
    const name = tab.querySelector('.tab-name');
    if (name) setText(name, domain.name);
  }
}
