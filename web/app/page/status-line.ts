/** The status line: state, speed, host share, uptime, memory, image, engine. */
import type { MachineState } from '../../client/index.ts';
import { byId, setText } from '../dom.ts';
import * as format from '../format.ts';
import type { Session } from '../session/session.ts';
import { Sparkline } from './sparkline.ts';

const none = '–';

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
    setText(byId('stat-image'), session.guest?.name ?? none);
    const now = session.statistics;
    setText(byId('stat-mips'), now && session.live ? format.mips(now.mips) : none);
    setText(byId('stat-cpu'), now && session.live ? format.percent(now.hostShare) : none);
    setText(byId('stat-uptime'), now && session.live ? format.duration(now.uptime) : none);
    setText(byId('stat-memory'), now ? format.bytes(now.memory) : none);
    if (now === this.last) return;
    this.last = now;
    if (now) this.spark.push(now.mips);
    else this.spark.clear();
  }
}
