/**
 * What survives a reload: the list of machines with their settings, which one is shown, and the layout of the page. One
 * text in localStorage. Whatever is read is checked; what is no such thing is left out and said, never trusted.
 */
import { parseMemory } from '../../client/index.ts';
import type { GuestAbout } from '../session/guest.ts';
import { storageKey } from '../session/preferences.ts';
import { SNAPSHOT_ID } from '../snapshots/index.ts';
import { ENGINE_CHOICES, SETTINGS_DEFAULT } from './settings.ts';
import type { Settings } from './settings.ts';

const KEY = storageKey('domains');
const VERSION = 1;
export const DOMAINS_MAX = 64;
export const NAME_MAX = 60;

export interface DomainRecord {
  readonly id: string;
  readonly name: string;
  readonly guest: GuestAbout;
  readonly settings: Settings;
  /** It was powered: it is booted again. */
  readonly on: boolean;
  /** The snapshot in the store that it was saved to last, or came from. */
  readonly snapshot?: string | undefined;
  /** When it was booted last, as ISO 8601: what was saved before is of another life. */
  readonly bootedAt?: string | undefined;
}

export interface Layout {
  readonly sidebar: boolean;
  readonly inspector: boolean;
  /** One terminal at a time, or all beside one another. */
  readonly view: 'tabs' | 'tiles';
}
export const LAYOUT_DEFAULT: Layout = { sidebar: true, inspector: false, view: 'tabs' };

export interface PageRecord {
  readonly domains: readonly DomainRecord[];
  readonly current: string | undefined;
  readonly layout: Layout;
}

export interface ReadRecord extends PageRecord {
  /** What could not be read, for people. */
  readonly trouble?: string | undefined;
}

const nothing: PageRecord = { domains: [], current: undefined, layout: LAYOUT_DEFAULT };

export function readPage(storage: () => Pick<Storage, 'getItem'> = () => localStorage): ReadRecord {
  let text: string | null;
  try {
    text = storage().getItem(KEY);
  } catch {
    return { ...nothing, trouble: 'This browser keeps nothing for the page: the list of machines ends with it.' };
  }
  return text === null ? nothing : parsePage(text);
}

/** False when nothing could be written. */
export function writePage(page: PageRecord, storage: () => Pick<Storage, 'setItem'> = () => localStorage): boolean {
  try {
    storage().setItem(KEY, JSON.stringify({ version: VERSION, ...page }));
    return true;
  } catch {
    return false;
  }
}

export function parsePage(text: string): ReadRecord {
  const lost = (why: string) => ({ ...nothing, trouble: `The saved list of machines ${why}, so this is a new one.` });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return lost('is damaged');
  }
  if (!isObject(value) || !Array.isArray(value['domains'])) return lost('is damaged');
  if (value['version'] !== VERSION) return lost('is of another version');
  const found = value['domains'].slice(0, DOMAINS_MAX).map(parseDomain);
  const domains = found.filter((domain, i) => domain && found.findIndex((other) => other?.id === domain.id) === i);
  const missing = value['domains'].length - domains.length;
  return {
    domains: domains.filter((domain) => domain !== undefined),
    current: domains.find((domain) => domain?.id === (value as { current?: unknown }).current)?.id,
    layout: parseLayout(value['layout']),
    trouble: missing > 0 ? `${missing} of the saved machines could not be read and were left out.` : undefined,
  };
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= max;

function parseDomain(value: unknown): DomainRecord | undefined {
  if (!isObject(value) || !isText(value['id'], 64) || !isText(value['name'], NAME_MAX)) return undefined;
  const guest = parseGuest(value['guest']);
  if (!guest) return undefined;
  const { id, name } = value as { id: string; name: string };
  return {
    id,
    name,
    guest,
    settings: parseSettings(value['settings']),
    on: value['on'] === true,
    snapshot: parseId(value['snapshot']),
    bootedAt: parseDate(value['bootedAt']),
  };
}

function parseGuest(value: unknown): GuestAbout | undefined {
  if (!isObject(value) || !isText(value['name'], 255)) return undefined;
  const { name, commandLine, memory, image } = value as Fields & { name: string };
  return {
    name,
    image: image === true,
    commandLine: isText(commandLine, 4096) && !commandLine.includes('\0') ? commandLine : undefined,
    memory: isMemory(memory) ? memory : undefined,
  };
}

function parseId(value: unknown): string | undefined {
  return typeof value === 'string' && SNAPSHOT_ID.test(value) ? value : undefined;
}

function parseDate(value: unknown): string | undefined {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

/** A setting that is none is at its default again. */
function parseSettings(value: unknown): Settings {
  const { memory, engine, acceleration, clock, cpuShare, autosave } = isObject(value) ? value : {};
  return {
    memory: isMemory(memory) ? String(memory) : undefined,
    engine: ENGINE_CHOICES.find((choice) => choice === engine) ?? SETTINGS_DEFAULT.engine,
    acceleration: parseSwitches(acceleration),
    clock: clock === 'instructions' ? clock : 'host',
    cpuShare: typeof cpuShare === 'number' && cpuShare > 0 && cpuShare <= 1 ? cpuShare : 1,
    autosave: autosave === true,
  };
}

function parseSwitches(value: unknown): Readonly<Record<string, number>> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]) && (entry[1] as number) >= 0),
  );
}

function parseLayout(value: unknown): Layout {
  const { sidebar, inspector, view } = isObject(value) ? value : {};
  return { sidebar: sidebar !== false, inspector: inspector === true, view: view === 'tiles' ? 'tiles' : 'tabs' };
}

function isMemory(value: unknown): value is string | number {
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  try {
    parseMemory(value);
    return true;
  } catch {
    return false;
  }
}
