/**
 * What a visitor does with machines, and what the page does for them: the first one boots by itself, those that were on
 * are booted again, deleting can be undone. Decides nothing about looks.
 */
import { inspectHeader } from '../../client/index.ts';
import { byId, h } from '../dom.ts';
import { dropFilesExcept, findSave, keepSave } from '../domains/files.ts';
import type { Domain } from '../domains/domain.ts';
import type { Domains } from '../domains/domains.ts';
import type { Guests } from '../domains/guests.ts';
import { readPage } from '../domains/store.ts';
import * as format from '../format.ts';
import type { Guest } from '../session/guest.ts';
import { choose, guestOf } from '../session/library.ts';
import type { Library, LibraryImage } from '../session/library.ts';
import { remember, remembered } from '../session/preferences.ts';
import { dismiss, toast } from './toasts.ts';

/** The header of a snapshot is within its first bytes. */
const HEADER_MAX = 65536;

export class Operator {
  /** Offered once each: an image that became ready while a machine runs. */
  private readonly offered = new Set<string>();
  private begun = false;

  constructor(
    private readonly domains: Domains,
    private readonly library: Library,
    private readonly guests: Guests,
    private readonly enter: () => void,
  ) {
    library.onChange(() => this.follow());
  }

  /** Brings back what an earlier visit has left, and boots what was on. */
  restore(): void {
    const page = readPage();
    if (page.trouble) toast('store', page.trouble);
    const { current } = page;
    this.domains.restore(page);
    dropFilesExcept(new Set(page.domains.map(({ id }) => id))).catch(() => undefined);
    // The one that is shown first: a host with few cores should answer there soon
    const order = [...this.domains.list].sort((a, b) => Number(b.id === current) - Number(a.id === current));
    for (const domain of order) if (domain.on) void domain.boot();
  }

  /** Once the images are known: what the address or the server asks for; later ones are offered. */
  private follow(): void {
    const { state } = this.library;
    const asked = new URLSearchParams(location.search).get('image');
    if (!this.begun && this.domains.list.length > 0) this.askedFor(asked ?? state.start);
    else if (this.domains.list.length === 0) this.first(asked);
    else for (const image of state.images) if (image.state === 'ready') this.offer(image);
  }

  /** There are machines already: the one with that image, or a new one. */
  private askedFor(name: string | undefined): void {
    this.begun = true;
    this.offerNoneOfThese();
    const there = this.domains.list.find(({ guest }) => guest.image && guest.name === name);
    const image = this.library.find(name);
    if (there) this.domains.select(there);
    else if (image?.state === 'ready') return void this.boot(this.domains.add(guestOf(image)));
    else if (name) toast('wanted', `There is no image “${name}” here`);
    if (there && !there.on) void this.boot(there);
  }

  /** The first machine of all boots as soon as there is something to boot. */
  private first(asked: string | null): void {
    // A visitor who deleted the last one did not ask for another
    if (this.begun) return;
    const image = choose(this.library.state, asked, remembered('image'));
    if (asked && image?.name !== asked) toast('wanted', `There is no image “${asked}” here`);
    if (image?.state !== 'ready') return;
    this.begun = true;
    this.offerNoneOfThese();
    void this.boot(this.domains.add(guestOf(image)));
  }

  private offerNoneOfThese(): void {
    for (const { name, state } of this.library.state.images) if (state === 'ready') this.offered.add(name);
  }

  private offer(image: LibraryImage): void {
    if (this.offered.has(image.name)) return;
    this.offered.add(image.name);
    toast('ready', `${image.title} is ready`, { label: 'Boot it', run: () => this.pick(image) });
  }

  /** A new machine of an image; a visitor's choice is remembered. */
  pick(image: LibraryImage): void {
    dismiss('ready');
    remember('image', image.name);
    this.begun = true;
    this.attempt(() => this.boot(this.place(guestOf(image))));
  }

  /** A new machine of a visitor's own files. */
  open(guest: Guest): void {
    this.begun = true;
    this.attempt(async () => {
      const domain = this.place(guest);
      const booted = this.boot(domain);
      if (!(await this.guests.keep(domain.id, guest)))
        toast('files', 'This browser does not keep the files: a reload will ask for them again.');
      await booted;
    });
  }

  /** One that never came to run is replaced by what is chosen instead. */
  private place(guest: Guest): Domain {
    const failed = this.domains.current;
    const domain = this.domains.add(guest);
    if (failed?.activity.kind === 'failed' && !failed.activity.ended)
      void this.domains.remove(failed).then(({ forGood }) => forGood());
    return domain;
  }

  async build(name: string): Promise<void> {
    try {
      await this.library.build(name);
    } catch (error) {
      toast('build', format.messageOf(error));
    }
  }

  /** `cold`: by its kernel, whatever snapshot there is. */
  async boot(domain: Domain, options: { cold?: boolean } = {}): Promise<void> {
    const done = domain.boot(options);
    this.enter();
    await done;
  }

  /** Deletes a machine; there is time to think better of it. */
  delete(domain: Domain): void {
    this.attempt(async () => {
      const { undo, forGood } = await this.domains.remove(domain);
      this.enter();
      toast(
        `deleted-${domain.id}`,
        `${domain.name} is deleted`,
        { label: 'Undo', run: () => this.attempt(undo) },
        { seconds: 15, gone: () => void forGood() },
      );
    });
  }

  /** Into the browser's store, in place of the last save. */
  async save(domain: Domain): Promise<void> {
    const file = await domain.save();
    await keepSave(domain.id, file);
    domain.wasSaved(new Date());
    toast('saved', `${domain.name} is saved (${format.bytes(file.size)})`);
  }

  async restoreSave(domain: Domain): Promise<void> {
    const file = await findSave(domain.id);
    if (!file) throw new Error(`the last save of ${domain.name} is not in this browser’s store any more`);
    await domain.restore(file);
    this.enter();
  }

  /** A second machine that is where this one is now. */
  async fork(domain: Domain): Promise<void> {
    const [guest, twin] = [await domain.files(), await domain.machine?.fork()];
    if (!twin) throw new Error(`${domain.name} has no machine to fork`);
    const other = this.domains.add(guest, { name: domain.name, settings: domain.settings });
    await this.guests.keep(other.id, guest);
    await other.adopt(twin, domain.screen.text());
    this.enter();
  }

  async exportFile(domain: Domain): Promise<void> {
    const url = URL.createObjectURL(await domain.save());
    h('a', { href: url, download: `${domain.name.replace(/[^\p{L}\p{N} ._-]/gu, '_')}.dzsnap` }).click();
    // The download has begun by then
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  /** A new machine from an exported one. */
  resume(file: File): void {
    this.attempt(async () => {
      const { name } = await inspectHeader(new Uint8Array(await file.slice(0, HEADER_MAX).arrayBuffer()));
      this.open({ name: name || file.name, image: false, snapshot: file });
    });
  }

  rename(domain: Domain): void {
    const dialog = byId<HTMLDialogElement>('rename');
    const input = byId<HTMLInputElement>('rename-name');
    input.value = domain.name;
    byId('rename-form').onsubmit = () => {
      const name = input.value.trim();
      if (name && name !== domain.name) domain.rename(this.domains.freeName(name));
    };
    dialog.showModal();
    input.select();
  }

  private attempt(act: () => void | Promise<void>): void {
    Promise.resolve()
      .then(act)
      .catch((error: unknown) => toast('report', format.messageOf(error)));
  }
}
