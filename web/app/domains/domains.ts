/** The list of machines: made, restored, chosen, removed, and written down after each change that a reload should find. */
import type { Guest, GuestAbout } from '../session/guest.ts';
import { Domain } from './domain.ts';
import type { DomainOptions, Screen } from './domain.ts';
import type { Settings } from './settings.ts';
import { DOMAINS_MAX, LAYOUT_DEFAULT, NAME_MAX, writePage } from './store.ts';
import type { DomainRecord, Layout, PageRecord } from './store.ts';

/** What the list needs of the page. */
export interface Surroundings {
  /** The terminal of a new machine. */
  screenFor(id: string): Screen;
  /** The machine is gone for good. */
  drop(id: string): void;
  /** The files of a machine; `snapshot`: the one that it was saved to last or came from. */
  find(id: string, about: GuestAbout, snapshot?: string): Promise<Guest>;
}

export interface NewDomain {
  readonly name?: string | undefined;
  readonly settings?: Settings | undefined;
  readonly snapshot?: string | undefined;
}

export class Domains {
  current: Domain | undefined;
  layout: Layout = LAYOUT_DEFAULT;
  private members: Domain[] = [];
  /** The list is this tab's to write: restore() was called. */
  kept = false;
  private written = '';
  /** Told once: the browser keeps nothing. */
  private failed = false;
  private readonly listeners = new Set<(changed: Domain | undefined) => void>();

  constructor(private readonly surroundings: Surroundings) {}

  get list(): readonly Domain[] {
    return this.members;
  }

  find(id: string | undefined): Domain | undefined {
    return this.members.find((domain) => domain.id === id);
  }

  /** Calls the listener after each change of the list (undefined) or of one machine. */
  onChange(listener: (changed: Domain | undefined) => void): void {
    this.listeners.add(listener);
  }

  /** Adds what an earlier visit has left; nothing is started. */
  restore({ domains, current, layout }: PageRecord): void {
    this.kept = true;
    this.layout = layout;
    this.members.push(...domains.map((record) => this.make({ ...record, find: () => this.filesOf(record) })));
    this.current = this.find(current) ?? this.members[0];
    this.changed(undefined);
  }

  /**
   * Adds a machine and shows it; it is not started. Without a name it is called after its guest. `snapshot`: the one in the
   * store that it comes from.
   */
  add(guest: Guest, options: NewDomain = {}): Domain {
    if (this.members.length >= DOMAINS_MAX) throw new Error(`there are ${DOMAINS_MAX} machines; delete one first`);
    const name = this.freeName(options.name ?? guest.name);
    const { kernel: _kernel, initrd: _initrd, snapshot: _snapshot, parent: _parent, booted: _booted, ...about } = guest;
    const { settings, snapshot } = options;
    const id = newId();
    const found = guest.image || snapshot !== undefined;
    const find = () => (found ? this.filesOf({ id, guest: about }) : Promise.resolve(guest));
    const domain = this.make({ id, name, guest: about, settings, snapshot, find });
    this.members.push(domain);
    this.select(domain);
    return domain;
  }

  select(domain: Domain): void {
    this.current = domain;
    this.changed(undefined);
  }

  /** The next or previous in the list, around its ends. */
  step(by: 1 | -1): void {
    const { length } = this.members;
    if (!this.current || length < 2) return;
    const next = this.members[(this.members.indexOf(this.current) + by + length) % length];
    if (next) this.select(next);
  }

  /** Takes a machine out of the list. It is paused until it is brought back or disposed of. */
  async remove(domain: Domain): Promise<{ undo: () => Promise<void>; forGood: () => Promise<void> }> {
    const place = this.members.indexOf(domain);
    const ran = domain.machine?.state === 'running';
    this.members = this.members.filter((other) => other !== domain);
    if (this.current === domain) this.current = this.members[Math.min(place, this.members.length - 1)];
    this.changed(undefined);
    if (ran && domain.answers) await domain.togglePause();
    return {
      undo: async () => {
        this.members.splice(Math.min(place, this.members.length), 0, domain);
        this.select(domain);
        if (ran && domain.machine?.state === 'paused') await domain.togglePause();
      },
      forGood: async () => {
        await domain.dispose();
        this.surroundings.drop(domain.id);
      },
    };
  }

  arrange(layout: Partial<Layout>): void {
    this.layout = { ...this.layout, ...layout };
    this.changed(undefined);
  }

  /** A name that no other machine has. */
  freeName(wanted: string): string {
    const base = wanted.trim().slice(0, NAME_MAX - 4) || 'machine';
    const taken = new Set(this.members.map(({ name }) => name));
    let name = base;
    for (let i = 2; taken.has(name); i++) name = `${base} ${i}`;
    return name;
  }

  private filesOf({ id, guest }: Pick<DomainRecord, 'id' | 'guest'>): Promise<Guest> {
    return this.surroundings.find(id, guest, this.find(id)?.snapshot);
  }

  private make(record: Omit<DomainOptions, 'screen' | 'onChange'>): Domain {
    const screen = this.surroundings.screenFor(record.id);
    return new Domain({ ...record, screen, onChange: (domain) => this.changed(domain) });
  }

  private changed(domain: Domain | undefined): void {
    this.write();
    for (const listener of this.listeners) listener(domain);
  }

  /** Only when something differs: reports of running machines come many times a second. */
  private write(): void {
    const page = this.record();
    const text = JSON.stringify(page);
    if (text === this.written || this.failed || !this.kept) return;
    this.written = text;
    this.failed = !writePage(page);
  }

  private record(): PageRecord {
    const domains = this.members.map((domain) => {
      const { id, name, guest, settings, on, snapshot, bootedAt } = domain;
      const { memory, commandLine, image } = guest;
      return { id, name, guest: { name: guest.name, image, memory, commandLine }, settings, on, snapshot, bootedAt };
    });
    return { domains, current: this.current?.id, layout: this.layout };
  }
}

/** Random: two tabs of the page must not choose the same. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, '0')).join('');
}
