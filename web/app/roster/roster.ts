/** The list of machines: beside the terminal where there is room for it, a sheet otherwise; and a menu for each. */
import type { Domain } from '../domains/domain.ts';
import type { Domains } from '../domains/domains.ts';
import { byId, h, icon } from '../dom.ts';
import { definePanel, placePanel } from '../page/panels.ts';
import { actionsOf } from './actions.ts';
import type { DomainDeeds } from './actions.ts';
import { Row } from './row.ts';

/** As in roster.css. */
const WIDE = '(width >= 960px)';

export class Roster {
  private readonly rows = new Map<string, Row>();
  private readonly list = byId('machine-list');
  private readonly wide = window.matchMedia(WIDE);

  constructor(
    private readonly domains: Domains,
    private readonly deeds: DomainDeeds,
    private readonly report: (done: Promise<void>) => void,
    private readonly enter: () => void,
  ) {
    domains.onChange((changed) => this.show(changed));
    this.wide.addEventListener('change', () => this.put());
    definePanel('machines', [byId('machines-button')], () => this.show(undefined));
    this.put();
  }

  /** The sidebar, or the sheet. */
  toggle(): void {
    if (this.wide.matches) this.domains.arrange({ sidebar: !this.domains.layout.sidebar });
    else byId('machines').togglePopover();
  }

  private put(): void {
    if (this.wide.matches && byId('machines').matches(':popover-open')) byId('machines').hidePopover();
    byId(this.wide.matches ? 'sidebar' : 'machines').append(byId('roster'));
    this.show(undefined);
  }

  private show(changed: Domain | undefined): void {
    const { list, current, layout } = this.domains;
    byId('sidebar').hidden = !this.wide.matches || !layout.sidebar;
    if (this.wide.matches) byId('machines-button').setAttribute('aria-expanded', String(layout.sidebar));
    if (changed) return this.rows.get(changed.id)?.show(changed === current);
    for (const [id, row] of this.rows) {
      if (this.domains.find(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    list.forEach((domain, i) => {
      const row = this.rowOf(domain);
      if (this.list.children[i] !== row.element) this.list.insertBefore(row.element, this.list.children[i] ?? null);
      row.show(domain === current);
    });
    byId('machines-none').hidden = list.length > 0;
  }

  private rowOf(domain: Domain): Row {
    const row =
      this.rows.get(domain.id) ??
      new Row(
        domain,
        () => this.choose(domain),
        (_, button) => this.openMenu(domain, button),
      );
    this.rows.set(domain.id, row);
    return row;
  }

  private choose(domain: Domain): void {
    this.domains.select(domain);
    if (byId('machines').matches(':popover-open')) byId('machines').hidePopover();
    this.enter();
  }

  private openMenu(domain: Domain, button: HTMLElement): void {
    const menu = byId('domain-menu');
    menu.setAttribute('aria-label', `Commands for ${domain.name}`);
    menu.replaceChildren(
      ...actionsOf(domain, this.deeds).map(({ label, icon: name, enabled, run }) => {
        const item = h(
          'button',
          { class: 'row', type: 'button', disabled: !enabled },
          icon(name),
          h('span', { class: 'grow' }, label),
        );
        item.addEventListener('click', () => {
          menu.hidePopover();
          if (byId('machines').matches(':popover-open')) byId('machines').hidePopover();
          this.report(Promise.resolve(run()));
        });
        return item;
      }),
    );
    menu.showPopover();
    placePanel(menu, button);
    menu.querySelector<HTMLElement>('button:not(:disabled)')?.focus();
  }
}
