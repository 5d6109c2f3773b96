/** The panel about the machine: what it is, what it did so far, which accelerations are on. */
import type { Tier } from '../../client/index.ts';
import { byId, h, setText } from '../dom.ts';
import * as format from '../format.ts';
import { SETTINGS_DEFAULT } from '../domains/settings.ts';
import type { Domains } from '../domains/domains.ts';

/** The engines that a visitor can choose; the select shows exactly these. */
export const engines: Record<Tier, { name: string; about: string }> = {
  jit: {
    name: 'Translator',
    about: 'Translates code that runs often to WebAssembly, and interprets the rest.',
  },
  interpreter: {
    name: 'Interpreter',
    about: 'Carries out one guest instruction after the other. Exact, and quick to start.',
  },
};

export class MachinePanel {
  private readonly select = byId<HTMLSelectElement>('engine');

  constructor(private readonly domains: Domains) {
    for (const [value, { name }] of Object.entries(engines)) this.select.append(h('option', { value }, name));
    this.select.addEventListener('change', () => void domains.current?.setEngine(this.select.value as Tier));
    domains.onChange(() => this.showEngine());
    this.showEngine();
    domains.onChange(() => {
      if (byId('machine').matches(':popover-open')) this.fill();
    });
  }

  /** In the panel and in the status line. */
  private showEngine(): void {
    const { engine } = this.domains.current?.settings ?? SETTINGS_DEFAULT;
    this.select.value = engine;
    setText(byId('engine-about'), engines[engine].about);
    setText(byId('stat-engine'), engines[engine].name);
  }

  fill(): void {
    const { guest, statistics, machine, resumed } = this.domains.current ?? {};
    const facts: [string, string | undefined][] = [
      ['Image', guest?.name],
      ['Boot', statistics && (resumed ? `${statistics.boot}, from a snapshot` : statistics.boot)],
      ['Memory', statistics && format.bytes(statistics.memory)],
      ['Command line', guest?.commandLine],
      ['Instructions', statistics && format.count(statistics.instructions)],
      ['Host CPU time', statistics && `${statistics.busySeconds.toFixed(2)}\u202fs`],
      ['Resets', statistics && String(statistics.resets)],
    ];
    const rows = facts.flatMap(([name, value]) =>
      value ? [h('dt', {}, name), h('dd', name === 'Command line' ? { class: 'code' } : {}, value)] : [],
    );
    if (!machine) rows.unshift(h('dt', {}, 'No machine'), h('dd'));
    byId('facts').replaceChildren(...rows);
  }
}
