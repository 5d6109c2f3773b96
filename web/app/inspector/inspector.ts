/**
 * Beside the terminal: switches, charts and settings of the machine that is shown. Loaded when it is first opened, with
 * the charts' library, so that the page is there as soon as before.
 */
import { ChartsPanel } from '../charts/panel.ts';
import type { Domain } from '../domains/domain.ts';
import type { Domains } from '../domains/domains.ts';
import { byId, h, icon, setText } from '../dom.ts';
import type { Topic } from '../help/topics.ts';
import { SettingsPanel } from './settings-panel.ts';
import { SwitchesPanel } from './switches-panel.ts';

export interface InspectorDeeds {
  close(): void;
  help(topic: Topic['id']): void;
  report(done: Promise<void>): void;
  measure(domain: Domain, name: string): void;
}

const TABS = [
  ['switches', 'Switches'],
  ['charts', 'Charts'],
  ['settings', 'Settings'],
] as const;
type TabId = (typeof TABS)[number][0];

export class Inspector {
  private readonly title = h('h2', { class: 'inspector-title' });
  private readonly none = h('p', { class: 'hint inspector-none' }, 'There is no machine to look at.');
  private readonly tabs = new Map<TabId, { tab: HTMLElement; panel: HTMLElement }>();
  private readonly switches: SwitchesPanel;
  private readonly settings: SettingsPanel;
  private readonly charts = new ChartsPanel();
  private selected: TabId = 'switches';

  constructor(
    private readonly domains: Domains,
    deeds: InspectorDeeds,
  ) {
    this.switches = new SwitchesPanel(deeds);
    this.settings = new SettingsPanel(deeds);
    const close = h(
      'button',
      { class: 'tool quiet', type: 'button', 'aria-label': 'Close switches and charts' },
      icon('close'),
    );
    close.addEventListener('click', () => deeds.close());
    const strip = h('div', { class: 'inspector-tabs', role: 'tablist', 'aria-label': 'About the machine' });
    const contents = { switches: this.switches.element, charts: this.charts.element, settings: this.settings.element };
    const panels = TABS.map(([id, name]) => this.addTab(strip, id, name, contents[id]));
    const root = byId('inspector');
    root.replaceChildren(h('div', { class: 'inspector-head' }, this.title, close), strip, this.none, ...panels);
    root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') deeds.close();
    });
    strip.addEventListener('keydown', (event) => this.walk(event));
    domains.onChange((changed) => {
      if (!changed || changed === domains.current) this.show();
    });
    this.show();
  }

  select(id: TabId): void {
    this.selected = id;
    this.show();
  }

  recolour(): void {
    this.switches.recolour();
    this.charts.recolour();
    this.show();
  }

  focus(): void {
    this.tabs.get(this.selected)?.tab.focus();
  }

  private addTab(strip: HTMLElement, id: TabId, name: string, content: HTMLElement): HTMLElement {
    const tab = h(
      'button',
      { type: 'button', role: 'tab', id: `inspector-tab-${id}`, 'aria-controls': `inspector-${id}` },
      name,
    );
    const panel = h(
      'div',
      {
        class: 'inspector-panel',
        role: 'tabpanel',
        id: `inspector-${id}`,
        'aria-labelledby': `inspector-tab-${id}`,
        tabindex: '0',
      },
      content,
    );
    tab.addEventListener('click', () => this.select(id));
    strip.append(tab);
    this.tabs.set(id, { tab, panel });
    return panel;
  }

  private walk(event: KeyboardEvent): void {
    const step = ({ ArrowRight: 1, ArrowLeft: -1 } as const)[event.key];
    if (!step) return;
    event.preventDefault();
    const at = TABS.findIndex(([id]) => id === this.selected);
    this.select(TABS[(at + step + TABS.length) % TABS.length]?.[0] ?? 'switches');
    this.focus();
  }

  private show(): void {
    const { current, layout } = this.domains;
    if (!layout.inspector) return;
    setText(this.title, current?.name ?? 'No machine');
    this.none.hidden = current !== undefined;
    for (const [id, { tab, panel }] of this.tabs) {
      const selected = id === this.selected;
      tab.setAttribute('aria-selected', String(selected));
      tab.tabIndex = selected ? 0 : -1;
      panel.hidden = !selected || !current;
    }
    if (!current) return;
    if (this.selected === 'charts') void this.charts.show(current);
    else if (this.selected === 'settings') this.settings.show(current);
    else void this.switches.show(current);
  }
}
