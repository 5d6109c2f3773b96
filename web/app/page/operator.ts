/**
 * What a visitor does with machines, and what the page does for them: the first one boots by itself, those that were on
 * are booted again, deleting can be undone. Decides nothing about looks.
 */
import { byId } from '../dom.ts';
import { dropFilesExcept } from '../domains/files.ts';
import type { Domain, Saved } from '../domains/domain.ts';
import type { Domains, NewDomain } from '../domains/domains.ts';
import type { Guests } from '../domains/guests.ts';
import type { Saves } from '../domains/saves.ts';
import { readPage } from '../domains/store.ts';
import * as format from '../format.ts';
import type { Guest } from '../session/guest.ts';
import { askedImage, firstImage, guestOf } from '../session/library.ts';
import type { Library, LibraryImage } from '../session/library.ts';
import { claimMachines } from '../session/owner.ts';
import { remember } from '../session/preferences.ts';
import { dismiss, toast } from './toasts.ts';

const IN_ANOTHER_TAB = 'The machines are open in another tab; those that you make here are not kept.';

export class Operator {
  /** Offered once each: an image that became ready while a machine runs. */
  private readonly offered = new Set<string>();
  private begun = false;

  constructor(
    private readonly domains: Domains,
    private readonly library: Library,
    private readonly guests: Guests,
    private readonly saves: Saves,
    private readonly enter: () => void,
  ) {
    library.onChange(() => this.follow());
  }

  /** Brings back what an earlier visit has left, and boots or resumes what was on; unless another tab has it open. */
  async restore(): Promise<void> {
    if (!(await claimMachines(() => this.offerMachines())))
      return toast('tabs', IN_ANOTHER_TAB, undefined, { seconds: 30 });
    const page = readPage();
    if (page.trouble) toast('store', page.trouble);
    const { current } = page;
    this.domains.restore(page);
    dropFilesExcept(new Set(page.domains.map(({ id }) => id))).catch(() => undefined);
    // The one that is shown first: a host with few cores should answer there soon
    const order = [...this.domains.list].sort((a, b) => Number(b.id === current) - Number(a.id === current));
    for (const domain of order) if (domain.on) void this.bringBack(domain);
  }

  private async bringBack(domain: Domain): Promise<void> {
    if (!domain.settings.autosave) return domain.boot();
    const saved = async (): Promise<Saved | undefined> => {
      const entry = await this.saves.automatic(domain).catch(() => undefined);
      return entry && this.saves.open(entry.id);
    };
    await domain.boot({ saved });
    const { activity } = domain;
    if (activity.kind !== 'failed') return;
    toast('resume', `${domain.name} boots, since it could not be resumed: ${activity.message}`);
    await domain.boot();
  }

  private offerMachines(): void {
    const reload = { label: 'Open them', run: () => location.reload() };
    toast('tabs', 'The other tab is closed. Its machines can be opened here; those of this tab end then.', reload);
  }

  /** Once the images are known: what the address or the server asks for; later ones are offered. */
  private follow(): void {
    const { state } = this.library;
    const asked = askedImage();
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
    const image = firstImage(this.library.state);
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
    this.attempt(async () => {
      const { domain, booted } = this.start(guest);
      if (this.domains.kept && !(await this.guests.keep(domain.id, guest)))
        toast('files', 'This browser does not keep the files: a reload will ask for them again.');
      await booted;
    });
  }

  /** A new machine that goes on from a snapshot. */
  async resume(guest: Guest, options: NewDomain, saved: Saved): Promise<void> {
    await this.start(guest, options, saved).booted;
  }

  private start(guest: Guest, options?: NewDomain, saved?: Saved): { domain: Domain; booted: Promise<void> } {
    this.begun = true;
    const domain = this.place(guest, options);
    return { domain, booted: this.boot(domain, { saved }) };
  }

  /** One that never came to run is replaced by what is chosen instead. */
  private place(guest: Guest, options?: NewDomain): Domain {
    const failed = this.domains.current;
    const domain = this.domains.add(guest, options);
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

  /** `cold`: by its kernel, whatever snapshot there is. `saved`: goes on from there. */
  async boot(domain: Domain, { cold, saved }: { cold?: boolean; saved?: Saved } = {}): Promise<void> {
    const done = domain.boot({ cold, saved: saved && (() => Promise.resolve(saved)) });
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
