/** Measures a command with a switch in two positions, on a machine of its own that nobody sees. */
import { createMachine } from '../../client/index.ts';
import type { Machine, Tier } from '../../client/index.ts';
import type { Settings } from '../domains/settings.ts';
import type { Guest } from '../session/guest.ts';
import { GuestShell } from './guest-shell.ts';
import { orderOf } from './outcome.ts';
import type { Cost, Side } from './outcome.ts';

/** A switch of the translator, or the engine. */
export type Subject =
  | { readonly kind: 'switch'; readonly name: string; readonly a: number; readonly b: number }
  | { readonly kind: 'engine'; readonly a: Tier; readonly b: Tier };

export interface MeasureOptions {
  readonly guest: Guest;
  readonly settings: Settings;
  readonly subject: Subject;
  readonly command: string;
  /** Counted runs of each side. */
  readonly runs: number;
  readonly signal: AbortSignal;
  /** 0 to 1, and what goes on. */
  readonly onProgress: (fraction: number, what: string) => void;
}

export type Costs = Readonly<Record<Side, Cost[]>>;

export async function measure(options: MeasureOptions): Promise<Costs> {
  const { guest, settings, subject, command, runs, signal, onProgress } = options;
  const { engine } = settings;
  onProgress(0, 'Booting a machine of its own');
  const { kernel, initrd, commandLine } = guest;
  const memory = settings.memory ?? guest.memory;
  const machine = await createMachine({
    kernel,
    initrd,
    commandLine,
    memory,
    engine,
    acceleration: settings.acceleration,
    signal,
  });
  try {
    const shell = new GuestShell(machine, signal);
    await machine.start();
    await shell.ready();
    const costs: Record<Side, Cost[]> = { a: [], b: [] };
    const order = orderOf(runs);
    for (const [i, side] of order.entries()) {
      onProgress((i + 0.5) / (order.length + 0.5), `Run ${i + 1} of ${order.length}`);
      await turn(machine, subject, side);
      // Does not count: what was translated before is gone
      await shell.run(command);
      costs[side].push(await shell.run(command));
    }
    return costs;
  } finally {
    await machine.dispose();
  }
}

async function turn(machine: Machine, subject: Subject, side: Side): Promise<void> {
  if (subject.kind === 'engine') await machine.setEngine(subject[side]);
  else await machine.setAcceleration(subject.name, subject[side]);
}
