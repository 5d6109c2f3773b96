/** From a guest and a visitor's settings to a machine: booted, or going on from a snapshot. */
import { createMachine, parseMemory } from '../../client/index.ts';
import type { LoadProgress, Machine } from '../../client/index.ts';
import type { Guest } from '../session/guest.ts';
import type { Settings } from './settings.ts';

export interface MakeOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (files: readonly LoadProgress[]) => void;
}

/** `settings` gives them as they are by then: they may be changed while the files are on their way. */
export async function makeMachine(guest: Guest, settings: () => Settings, options: MakeOptions): Promise<Machine> {
  const { signal, onProgress } = options;
  const files = new Map<string, LoadProgress>();
  const { kernel, initrd, commandLine, agent } = guest;
  const { engine, cpuShare } = settings();
  const machine = await createMachine({
    ...{ kernel, initrd, commandLine, agent, engine, cpuShare, signal },
    ...hardwareOf(guest, settings()),
    onProgress: (progress) => onProgress([...files.set(progress.file, progress).values()]),
  });
  try {
    const now = settings();
    if (engine !== now.engine) await machine.setEngine(now.engine);
    if (cpuShare !== now.cpuShare) await machine.setCpuShare(now.cpuShare);
    await accelerate(machine, now);
    signal.throwIfAborted();
    return machine;
  } catch (error) {
    await machine.dispose();
    throw error;
  }
}

/** A saved machine brings its own memory and clock; a booted one stands in only where nobody chose others. */
function hardwareOf(guest: Guest, settings: Settings) {
  const { snapshot, parent } = guest;
  if (snapshot) return { snapshot, parent };
  const memory = settings.memory ?? guest.memory;
  const { clock } = settings;
  return { memory, clock, booted: isAsInImage(guest, settings) ? guest.booted : undefined };
}

function isAsInImage({ memory: wanted }: Guest, { memory, clock }: Settings): boolean {
  if (clock !== 'host') return false;
  return memory === undefined || (wanted !== undefined && parseMemory(memory) === parseMemory(wanted));
}

/** Switches that this version of the core does not have any more are left out. */
async function accelerate(machine: Machine, { acceleration }: Settings): Promise<void> {
  const entries = Object.entries(acceleration);
  if (entries.length === 0) return;
  const known = new Set((await machine.accelerations()).map(({ name }) => name));
  for (const [name, value] of entries) if (known.has(name)) await machine.setAcceleration(name, value);
}
