/**
 * The switches of a machine. Which there are, and what they say of themselves, comes from the machine; they are read
 * again at each of its reports, so that a switch thrown by a script shows as well.
 */
import type { Acceleration, EngineChoice, Machine } from '../../client/index.ts';
import { ChartsPanel } from '../charts/panel.ts';
import type { Domain } from '../domains/domain.ts';
import { h, icon } from '../dom.ts';
import { engines, showEngines } from '../page/machine-panel.ts';
import type { InspectorDeeds } from './inspector.ts';
import { SwitchRow } from './switch-row.ts';

export class SwitchesPanel {
  readonly element = h('div', { class: 'switches' });
  private readonly engine = h('select', { id: 'switches-engine', 'aria-describedby': 'switches-engine-about' });
  private readonly engineAbout = h('p', { class: 'hint', id: 'switches-engine-about' });
  private readonly list = h('ul', { class: 'switch-list' });
  private readonly none = h('p', { class: 'hint' });
  private readonly standard = h('button', { class: 'button', type: 'button' }, 'All to their defaults');
  private readonly chart = new ChartsPanel(['mips']);
  private rows = new Map<string, SwitchRow>();
  private domain: Domain | undefined;
  private machine: Machine | undefined;
  private definitions: readonly Acceleration[] = [];

  constructor(private readonly deeds: InspectorDeeds) {
    this.engine.addEventListener('change', () =>
      this.act((domain) => domain.setEngine(this.engine.value as EngineChoice)),
    );
    this.standard.addEventListener('click', () => this.act((domain) => this.reset(domain)));
    const measure = h(
      'button',
      { class: 'tool quiet text', type: 'button', 'aria-label': 'Measure engine' },
      'Measure',
    );
    measure.addEventListener('click', () => this.domain && deeds.measure(this.domain, 'engine'));
    const help = h('button', { class: 'tool quiet', type: 'button', 'aria-label': 'About switches' }, icon('help'));
    help.addEventListener('click', () => deeds.help('switches'));
    this.element.append(
      this.chart.element,
      h('div', { class: 'switch-engine' }, h('label', { for: 'switches-engine' }, 'Engine'), this.engine, measure),
      this.engineAbout,
      h('div', { class: 'inspector-section' }, h('h3', {}, 'Accelerations'), help),
      this.none,
      this.list,
      this.standard,
    );
  }

  async show(domain: Domain): Promise<void> {
    this.domain = domain;
    showEngines(this.engine, domain.settings.engine, domain.statistics);
    this.engineAbout.textContent = engines[domain.settings.engine].about;
    void this.chart.show(domain);
    const { machine } = domain;
    this.standard.hidden = this.list.hidden = machine === undefined;
    this.none.textContent = noteOf(domain);
    this.none.hidden = this.none.textContent === '';
    const found = machine && domain.answers ? await machine.accelerations().catch(() => undefined) : undefined;
    if (!found || this.domain !== domain) return;
    if (machine !== this.machine) this.build(found);
    this.machine = machine;
    for (const one of found) this.rows.get(one.name)?.show(one);
  }

  recolour(): void {
    this.chart.recolour();
  }

  private build(found: readonly Acceleration[]): void {
    this.definitions = found;
    this.rows = new Map(found.map((one) => [one.name, this.row(one)]));
    this.list.replaceChildren(...[...this.rows.values()].map(({ element }) => element));
  }

  private row(one: Acceleration): SwitchRow {
    const { name, default: standard } = one;
    return new SwitchRow(
      one,
      (value) => this.act((domain) => domain.setAcceleration(name, value, standard)),
      () => this.domain && this.deeds.measure(this.domain, name),
    );
  }

  private async reset(domain: Domain): Promise<void> {
    for (const { name, default: standard } of this.definitions) {
      if (name in domain.settings.acceleration) await domain.setAcceleration(name, standard, standard);
    }
  }

  private act(act: (domain: Domain) => Promise<void>): void {
    if (this.domain) this.deeds.report(act(this.domain));
  }
}

function noteOf({ machine, statistics }: Domain): string {
  if (!machine) return 'Power the machine on: it says itself which switches it has.';
  if (statistics?.engine === 'interpreter')
    return 'The interpreter does all the work: the translator’s have no effect.';
  return '';
}
