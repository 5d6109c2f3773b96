/** Where the interpreting core is and was: what a report shows of the code. */
import { readLinear } from '../address-space.ts';
import { type Core, RunStatus } from '../core.ts';
import { CpuState } from '../cpu-state.ts';
import { GuestMemory } from '../guest-memory.ts';
import type { LockstepReport, LockstepStep } from '../types.ts';

/** Steps kept, and bytes shown of each: as many as an instruction can have. */
const STEPS = 200;
const STEP_BYTES = 15;
/** Bytes of code before RIP, and in all. */
const BEFORE = 16;
const SIZE = 64;

/** Before a chunk. */
export interface Place {
  readonly instructions: number;
  readonly rip: bigint;
  readonly base: bigint;
}
export function placeOf(core: Core): Place {
  const cpu = new CpuState(core);
  return { instructions: core.functions.instructions(), rip: cpu.get('rip'), base: cpu.segment('cs').base };
}
export function codeAround(core: Core, { rip, base }: Place): Pick<LockstepReport, 'code' | 'codeAt'> {
  const linear = base + rip;
  const codeAt = linear >= BEFORE ? linear - BigInt(BEFORE) : 0n;
  const code = readMapped(core, codeAt, SIZE);
  return code.length ? { code, codeAt } : { code: readMapped(core, linear, SIZE), codeAt: linear };
}

/** Executes one instruction at a time and keeps the way. */
export class Path {
  private readonly core: Core;
  private readonly places: Place[] = [];

  constructor(core: Core) {
    this.core = core;
  }
  /** As the core's `run`. */
  run(now: number, count: number): number {
    const { functions } = this.core;
    const goal = functions.instructions() + count;
    for (let at = functions.instructions(); at < goal;) {
      this.keep(placeOf(this.core));
      const status = functions.run(now, 1);
      const after = functions.instructions();
      if (status !== RunStatus.Continue || after === at) return status;
      at = after;
    }
    return RunStatus.Continue;
  }
  steps(): LockstepStep[] {
    return this.places.map((place, i) => {
      const length = Number((this.places[i + 1]?.rip ?? 0n) - place.rip);
      const bytes = readMapped(this.core, place.base + place.rip, STEP_BYTES);
      // The next one tells the length, unless this one has jumped
      return { rip: place.rip, bytes: length > 0 && length <= STEP_BYTES ? bytes.subarray(0, length) : bytes };
    });
  }

  private keep(place: Place): void {
    this.places.push(place);
    if (this.places.length > STEPS) this.places.shift();
  }
}

/** As much as is mapped; nothing when the first byte is not. */
function readMapped(core: Core, at: bigint, length: number): Uint8Array {
  const memory = new GuestMemory(core.memory.buffer, core.at.RAM, ramSize(core));
  const bytes: number[] = [];
  try {
    for (let i = 0n; i < length; i++) bytes.push(...readLinear(core, memory, at + i, 1));
  } catch {
    // The end of what is mapped
  }
  return new Uint8Array(bytes);
}
function ramSize(core: Core): number {
  return new DataView(core.memory.buffer).getUint32(core.at.S_RAM_SIZE, true);
}
