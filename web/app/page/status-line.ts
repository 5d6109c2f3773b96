/** The status line: state, speed, host share, uptime, memory, image, engine. */
import type { MachineState } from '../../client/index.ts';
import { byId, setText } from '../dom.ts';
import * as format from '../format.ts';
import type { Domain } from '../domains/domain.ts';
import { Sparkline } from './sparkline.ts';

const words: Record<MachineState, string> = {
  ready: 'Ready',
  running: 'Running',
  paused: 'Paused',
  off: 'Off',
  halted: 'Halted',
  crashed: 'Crashed',
  disposed: 'Off',
};

/** The state as one word for people, and as the key of its look (status.css). */
export function stateOf(domain: Domain | undefined, building = false): { key: string; word: string } {
  if (!domain) return building ? { key: 'busy', word: 'Building' } : { key: 'none', word: 'No machine' };
  if (!domain.answers) return { key: 'silent', word: 'No answer' };
  switch (domain.activity.kind) {
    case 'off':
      return { key: 'off', word: 'Off' };
    case 'loading':
      return { key: 'busy', word: 'Loading' };
    case 'failed':
      return { key: 'failed', word: domain.activity.ended ? 'Ended' : 'Not started' };
    case 'machine': {
      const state = domain.machine?.state ?? 'off';
      return { key: state, word: words[state] };
    }
  }
}

export class StatusLine {
  private readonly state = byId('state');
  private readonly spark = new Sparkline(byId<SVGSVGElement>('spark'));
  private last: unknown;

  show(domain: Domain | undefined, building: boolean): void {
    const { key, word } = stateOf(domain, building);
    this.state.dataset['state'] = key;
    setText(byId('state-text'), word);
    const now = domain?.statistics;
    const live = domain?.live ? now : undefined;
    show('stat-mips', live && format.mips(live.mips));
    show('stat-cpu', live && format.percent(live.hostShare));
    show('stat-uptime', live && format.duration(live.uptime));
    show('stat-memory', now && format.bytes(now.memory));
    show('stat-image', domain?.guest.name);
    if (now === this.last) return;
    this.last = now;
    this.spark.show(domain?.history.samples.map(({ statistics }) => statistics.mips) ?? []);
  }
}

/** A figure that there is none of is left out with its name. */
function show(id: string, value: string | undefined): void {
  const element = byId(id);
  const stat = element.closest<HTMLElement>('.stat');
  if (stat) stat.hidden = value === undefined;
  setText(element, value ?? '');
}
