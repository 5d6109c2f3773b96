/** The status line: state, speed, host share, uptime, memory, image, engine. */
import type { MachineState } from '../../client/index.ts';
import { byId, setText } from '../dom.ts';
import * as format from '../format.ts';
import type { Session } from '../session/session.ts';
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
export function stateOf(session: Session, building: boolean): { key: string; word: string } {
  switch (session.activity.kind) {
    case 'none':
      return building ? { key: 'busy', word: 'Building' } : { key: 'none', word: 'No machine' };
    case 'loading':
      return { key: 'busy', word: 'Loading' };
    case 'failed':
      return { key: 'failed', word: 'Not started' };
    case 'machine': {
      const state = session.machine?.state ?? 'off';
      return { key: state, word: words[state] };
    }
  }
}

export class StatusLine {
  private readonly state = byId('state');
  private readonly spark = new Sparkline(byId<SVGSVGElement>('spark'));
  private last: unknown;

  show(session: Session, building: boolean): void {
    const { key, word } = stateOf(session, building);
    this.state.dataset['state'] = key;
    setText(byId('state-text'), word);
    const now = session.statistics;
    const live = session.live ? now : undefined;
    show('stat-mips', live && format.mips(live.mips));
    show('stat-cpu', live && format.percent(live.hostShare));
    show('stat-uptime', live && format.duration(live.uptime));
    show('stat-memory', now && format.bytes(now.memory));
    show('stat-image', session.guest?.name);
    if (now === this.last) return;
    this.last = now;
    if (now) this.spark.push(now.mips);
    else this.spark.clear();
  }
}

/** A figure that there is none of is left out with its name. */
function show(id: string, value: string | undefined): void {
  const element = byId(id);
  const stat = element.closest<HTMLElement>('.stat');
  if (stat) stat.hidden = value === undefined;
  setText(element, value ?? '');
}
