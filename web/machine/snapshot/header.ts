/** Checks the header of a snapshot: it comes from a file, so nothing about it is certain. */
import { MEMORY_MAX, MEMORY_MIN } from '../memory-size.ts';
import { type ImageIdentity, SnapshotError, type SnapshotHeader } from './format.ts';

const NAME_MAX = 200;
const CPU_WORDS_MAX = 32;

/** Throws a SnapshotError that names the first field that cannot be. */
export function checkHeader(json: Uint8Array): SnapshotHeader {
  const raw = parse(json);
  const header: SnapshotHeader = {
    id: text(raw, 'id', /^[0-9a-f]{32}$/),
    parent: raw.parent === undefined ? undefined : text(raw, 'parent', /^[0-9a-f]{32}$/),
    name: text(raw, 'name').slice(0, NAME_MAX),
    date: text(raw, 'date', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
    domzero: text(raw, 'domzero', /^[\w.+-]{1,40}$/),
    memory: number(raw, 'memory', MEMORY_MAX),
    cpu: words(raw),
    clock: text(raw, 'clock', /^(host|instructions)$/) as SnapshotHeader['clock'],
    instructions: number(raw, 'instructions', Number.MAX_SAFE_INTEGER),
    guestSeconds: number(raw, 'guestSeconds', Number.MAX_SAFE_INTEGER),
    image: image(raw.image),
  };
  if (header.memory < MEMORY_MIN || !Number.isInteger(header.memory) || header.memory % 4096) throw wrong('memory');
  if (Number.isNaN(Date.parse(header.date))) throw wrong('date');
  return header;
}
function parse(json: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    throw new SnapshotError('the header is no JSON: the file is damaged', { cause });
  }
  return record(value, 'header');
}
function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name);
  return value as Record<string, unknown>;
}
function text(from: Record<string, unknown>, name: string, pattern = /^/): string {
  const value = from[name];
  if (typeof value !== 'string' || !pattern.test(value)) throw wrong(name);
  return value;
}
function number(from: Record<string, unknown>, name: string, most: number): number {
  const value = from[name];
  if (typeof value !== 'number' || !(value >= 0 && value <= most)) throw wrong(name);
  return value;
}
function words({ cpu }: Record<string, unknown>): number[] {
  if (!Array.isArray(cpu) || cpu.length > CPU_WORDS_MAX) throw wrong('cpu');
  return cpu.map((word: unknown) => number({ cpu: word }, 'cpu', 0xffff_ffff) >>> 0);
}
function image(value: unknown): ImageIdentity {
  const raw = record(value, 'image');
  const sum = (name: 'kernel' | 'initrd'): string | undefined =>
    raw[name] === undefined ? undefined : text(raw, name, /^[0-9a-f]{16}$/);
  return {
    boot: text(raw, 'boot'),
    commandLine: text(raw, 'commandLine'),
    kernel: sum('kernel'),
    initrd: sum('initrd'),
    agent: raw['agent'] === true ? true : undefined,
  };
}
function wrong(name: string): SnapshotError {
  return new SnapshotError(`the header has no valid '${name}'`);
}
