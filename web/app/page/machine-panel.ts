/** The panel about the machine: what it is, what it did so far, which accelerations are on. */
import type { EngineChoice, Statistics } from '../../client/index.ts';
import { byId, h, setText } from '../dom.ts';
import * as format from '../format.ts';
import { SETTINGS_DEFAULT } from '../domains/settings.ts';
import type { Domains } from '../domains/domains.ts';
import { toast } from './toasts.ts';

/** The engines that a visitor can choose; the select shows exactly these. */
export const engines: Record<EngineChoice, { name: string; about: string }> = {
  auto: {
    name: 'Automatic',
    about: 'The translator where this browser compiles code for pages at run time, the interpreter elsewhere.',
  },
  jit: {
    name: 'Translator',
    about: 'Translates code that runs often to WebAssembly, and interprets the rest.',
  },
  interpreter: {
    name: 'Interpreter',
    about: 'Carries out one guest instruction after the other. Exact, and quick to start.',
  },
};

/** What is chosen, with what that has led to. */
export function engineName(engine: EngineChoice, statistics?: Statistics): string {
  const { name } = engines[engine];
  const work = engine === 'auto' ? statistics?.engine : undefined;
  return work && work !== 'lockstep' ? `${name} (${engines[work].name.toLowerCase()})` : name;
}

/** As options of a select; an empty one is filled. */
export function showEngines(select: HTMLSelectElement, chosen: EngineChoice, statistics?: Statistics): void {
  if (!select.length) select.append(...Object.keys(engines).map((value) => h('option', { value })));
  for (const option of select.options) setText(option, engineName(option.value as EngineChoice, statistics));
  select.value = chosen;
}

export class MachinePanel {
  private readonly select = byId<HTMLSelectElement>('engine');

  constructor(private readonly domains: Domains) {
    this.select.addEventListener('change', () => void this.setEngine(this.select.value as EngineChoice));
    domains.onChange(() => this.showEngine());
    this.showEngine();
    domains.onChange(() => {
      if (byId('machine').matches(':popover-open')) this.fill();
    });
  }

  /** In the panel and in the status line. */
  private showEngine(): void {
    const { settings, statistics } = this.domains.current ?? { settings: SETTINGS_DEFAULT };
    const { engine } = settings;
    showEngines(this.select, engine, statistics);
    setText(byId('engine-about'), engines[engine].about);
    setText(byId('stat-engine'), engineName(engine, statistics));
  }

  private async setEngine(engine: EngineChoice): Promise<void> {
    try {
      await this.domains.current?.setEngine(engine);
    } catch (error) {
      toast('report', format.messageOf(error));
      this.showEngine();
    }
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
