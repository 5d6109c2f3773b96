/**
 * What two cores have to agree on, as areas of linear memory. Left out is what the engines may keep in their own ways: the
 * lazy flags (compared as EFLAGS), TLBs, scratch memory, and the translator's own.
 */
import type { Core } from '../core.ts';

export interface Area {
  readonly name: string;
  /** What offsets in a report count from: `from`, or where the whole begins of which this is a part. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

const FPU_SIZE = 0x400;
/** Devices have room for more than there are; what is empty, by parts of this size, is looked at only now and then. */
const PART = 0x400;

/** The processor's. */
export function cpuAreas({ at }: Core): Area[] {
  return [
    area('registers', at.REGS, at.STATE),
    area('state', at.STATE, at.S_RIP + 8),
    // Between RIP and EFLAGS lie the lazy flags
    { name: 'state', start: at.STATE, from: at.S_EFLAGS, to: at.SEGMENTS },
    area('segments', at.SEGMENTS, at.FPU),
    area('fpu', at.FPU, at.FPU + FPU_SIZE),
  ];
}
/** The chipset's, clock and timers included. */
export function deviceAreas(core: Core): Area[] {
  const address = (name: string): number => addressOf(core, name);
  return [area('devices', address('DEVICES'), address('PIO')), area('bus', address('BUS'), core.at.RINGS)];
}
/** Which device is at which port. */
export function portArea(core: Core): Area {
  return area('ports', addressOf(core, 'PIO'), addressOf(core, 'BUS'));
}
export function consoleArea({ at }: Core): Area {
  return area('consoles', at.RINGS, at.TRACE);
}
export function ramArea({ at }: Core, bytes: number): Area {
  return area('memory', at.RAM, at.RAM + bytes);
}
/** The parts of an area that hold anything. */
export function partsInUse(core: Core, whole: Area): Area[] {
  const words = new Int32Array(core.memory.buffer);
  const parts: Area[] = [];
  for (let { from } = whole; from < whole.to; from += PART) {
    const to = Math.min(from + PART, whole.to);
    if (words.subarray(from / 4, to / 4).some((word) => word !== 0)) parts.push({ ...whole, from, to });
  }
  return parts;
}
function area(name: string, from: number, to: number): Area {
  return { name, start: from, from, to };
}
/** Of the core's exports, those that only this engine needs. */
function addressOf(core: Core, name: string): number {
  const value: unknown = (core.exports[name] as WebAssembly.Global | undefined)?.value;
  if (typeof value !== 'number') throw new Error(`the core does not export ${name}: rebuild it`);
  return value;
}
