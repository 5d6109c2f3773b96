/** The page as a whole: makes the parts, connects them, carries out commands. Decides nothing about machines itself. */
import { byId } from '../dom.ts';
import { Domains } from '../domains/domains.ts';
import type { Domain } from '../domains/domain.ts';
import { Guests } from '../domains/guests.ts';
import { Saves } from '../domains/saves.ts';
import { exposeTo } from '../embed.ts';
import { messageOf } from '../format.ts';
import { LazyInspector } from '../inspector/lazy.ts';
import { Palette } from '../palette/palette.ts';
import { entriesOf } from '../palette/entries.ts';
import { Roster } from '../roster/roster.ts';
import { Tabs } from '../roster/tabs.ts';
import type { SnapshotManager } from '../snapshot-manager/manager.ts';
import type { Library } from '../session/library.ts';
import { copySelection, copyText, pasteInto } from '../terminal/clipboard.ts';
import { FindBar } from '../terminal/find-bar.ts';
import { KeyBar } from '../terminal/keybar.ts';
import { Terminals } from '../terminal/terminals.ts';
import { AutoSave } from './autosave.ts';
import { bindCommands } from './commands.ts';
import type { CommandName } from './commands.ts';
import { describe } from './describe.ts';
import { announceFlavours, fillHelp, openHelp } from './help.ts';
import { ImagesPanel } from './images-panel.ts';
import { MachinePanel } from './machine-panel.ts';
import { MessageView } from './message.ts';
import { OpenDialog } from './open-dialog.ts';
import { Operator } from './operator.ts';
import { closePanels, definePanel, togglePanel } from './panels.ts';
import { tellResumed } from './resumed.ts';
import { SnapshotOperator } from './snapshot-operator.ts';
import { StatusLine } from './status-line.ts';
import { addContextMenu, bindScreenReaderMode } from './terminal-controls.ts';
import { ThemeChoice } from './theme.ts';
import { toast } from './toasts.ts';
import { showToolbar } from './toolbar.ts';

export class Page {
  private readonly theme = new ThemeChoice();
  private readonly find = new FindBar(
    () => this.terminals.shown(),
    () => this.theme.mode,
  );
  private readonly keys = new KeyBar(() => this.terminals.shown());
  private readonly terminals = new Terminals(this.theme.mode, {
    created: (terminal) => this.find.follow(terminal),
    input: (id, data) => this.type(id, data),
    entered: (id) => this.select(id),
  });
  private readonly saves = new Saves();
  private readonly guests: Guests;
  private readonly domains = new Domains({
    screenFor: (id) => this.terminals.of(id),
    drop: (id) => this.terminals.drop(id),
    find: (id, about, snapshot) => this.guests.find(id, about, snapshot),
  });
  private readonly operator: Operator;
  private readonly snapshots: SnapshotOperator;
  private readonly inspector = new LazyInspector(
    this.domains,
    {
      close: () => this.inspector.toggle(),
      help: (topic) => openHelp(topic),
      report: (done) => void this.report(done),
      measure: (domain, name) => void this.measure(domain, name),
    },
    () => this.enter(),
  );
  private readonly dialog = new OpenDialog(
    (guest) => this.operator.open(guest),
    (files) => void this.report(this.snapshots.resumeFiles(files)),
  );
  private readonly status = new StatusLine();
  private roster!: Roster;
  private palette!: Palette;
  private manager: SnapshotManager | undefined;
  private readonly message = new MessageView(
    (text) => void this.report(copyText(text), 'Copied'),
    () => this.enter(),
    (covered) => this.terminals.cover(covered),
  );

  /** `missing`: what the browser lacks. */
  constructor(
    private readonly library: Library,
    private readonly missing: string | undefined,
  ) {
    const { domains, saves } = this;
    const enter = () => this.enter();
    this.guests = new Guests(library, saves);
    this.operator = new Operator(domains, library, this.guests, saves, enter);
    this.snapshots = new SnapshotOperator(domains, library, this.guests, saves, this.operator, enter);
    this.theme.onChange(() => {
      this.terminals.setTheme(this.theme.mode);
      this.inspector.recolour();
    });
    this.domains.onChange((changed) => this.onDomains(changed));
    this.library.onChange(() => this.show());
    this.library.onLog((line) => !this.domains.current && this.terminals.shown().say(line));
    this.connectTerminals();
    this.connectPanels();
    this.connectSaving();
    bindCommands((command, pointer) => this.run(command, pointer));
    fillHelp();
    exposeTo(window, { domains: this.domains, terminals: this.terminals, boot: (guest) => this.boot(guest) });
  }

  /** Brings back the machines of the last visit, and loads the list of images; what boots follows from both. */
  async start(): Promise<void> {
    if (!this.missing) await this.operator.restore();
    this.onDomains(undefined);
    if (this.missing) return;
    this.enter();
    try {
      await this.library.load();
    } catch (error) {
      toast('library', `The list of images could not be loaded: ${messageOf(error)}`);
    }
  }

  /** A machine changed, or (undefined) the list, the choice or the layout did. */
  private onDomains(changed: Domain | undefined): void {
    const { current, list, layout } = this.domains;
    if (!changed) {
      this.terminals.tile(layout.view === 'tiles');
      this.terminals.show(
        current?.id ?? '',
        list.map(({ id }) => id),
      );
    }
    if (changed?.flavours.length) announceFlavours(changed.flavours);
    for (const domain of changed ? [changed] : list) {
      this.terminals.name(domain.id, domain.name, domain.machine !== undefined && !domain.live);
    }
    if (!changed || changed === current) this.show();
  }

  private show(): void {
    const { build } = this.library.state;
    const { current } = this.domains;
    this.message.show(describe(current, this.library, this.missing, this.deeds));
    this.status.show(current, build !== undefined && build.error === undefined);
    showToolbar(current);
    tellResumed(current, (domain) => void this.operator.boot(domain, { cold: true }));
  }

  private readonly deeds = {
    openFiles: () => this.dialog.open(),
    chooseImage: () => togglePanel('images'),
    build: (name: string) => void this.operator.build(name),
    reset: () => this.run('reset'),
    power: () => this.run('power'),
    restore: () => this.domains.current && void this.report(this.snapshots.restoreLast(this.domains.current)),
    end: () => void this.domains.current?.end(),
    reload: () => location.reload(),
    copy: (text: string) => void this.report(copyText(text), 'Copied'),
  };

  /** For scripts: boots a guest in the machine that is shown. */
  private async boot(guest: Parameters<Domain['bootOther']>[0]): Promise<void> {
    const { current } = this.domains;
    if (current) await current.bootOther(guest);
    else await this.domains.add(guest).boot();
  }

  private type(id: string, data: string | Uint8Array): void {
    const typed = typeof data === 'string' ? this.keys.apply(data) : data;
    this.domains
      .find(id)
      ?.send(typed)
      .catch((error: unknown) => toast('input', messageOf(error)));
  }

  private select(id: string): void {
    const domain = this.domains.find(id);
    if (domain) this.domains.select(domain);
  }

  private connectTerminals(): void {
    addContextMenu(this.terminals.shown, (command) => this.run(command));
    bindScreenReaderMode(this.terminals);
    byId('skip').addEventListener('click', (event) => {
      event.preventDefault();
      this.enter();
    });
  }

  private connectPanels(): void {
    const images = new ImagesPanel(this.domains, this.library, {
      boot: (image) => this.operator.pick(image),
      build: (image) => void this.operator.build(image.name),
    });
    const machine = new MachinePanel(this.domains);
    definePanel('images', [byId('images-button'), byId('new-button')], () => images.fill());
    definePanel('machine', [byId('machine-button'), byId('engine-button'), byId('more-button')], () => machine.fill());
    definePanel('more', [byId('more-button')]);
    const deeds = {
      rename: (domain: Domain) => this.operator.rename(domain),
      settings: (domain: Domain) => this.inspect(domain),
      delete: (domain: Domain) => this.operator.delete(domain),
      snapshots: () => void this.openSnapshots(),
      save: (domain: Domain) => this.snapshots.save(domain),
      restore: (domain: Domain) => this.snapshots.restoreLast(domain),
      fork: (domain: Domain) => this.snapshots.fork(domain),
      exportFile: (domain: Domain) => this.snapshots.exportMachine(domain),
      coldBoot: (domain: Domain) => this.operator.boot(domain, { cold: true }),
    };
    this.palette = new Palette(() =>
      entriesOf({ domains: this.domains, library: this.library, deeds }, (command) => this.run(command), {
        pick: (image) => this.operator.pick(image),
        build: (image) => void this.operator.build(image.name),
        inspect: (tab) => this.inspector.open(tab),
        help: (topic) => openHelp(topic),
        report: (done) => void this.report(done),
      }),
    );
    this.roster = new Roster(
      this.domains,
      deeds,
      (done) => void this.report(done),
      () => this.enter(),
    );
    new Tabs(this.domains, () => this.enter());
    for (const close of document.querySelectorAll('[data-close]')) {
      close.addEventListener('click', () => close.closest('dialog')?.close());
    }
    for (const dialog of document.querySelectorAll('dialog')) {
      dialog.addEventListener('close', () => this.enter());
    }
    // From buttons back to the terminal; open panels and dialogs close by themselves first
    document.addEventListener('keydown', (event) => {
      const above = document.querySelector('dialog[open], [popover]:popover-open');
      if (event.key === 'Escape' && !above && !this.terminals.shown().focused) this.enter();
    });
  }

  private connectSaving(): void {
    const open = { label: 'Snapshots', run: () => void this.openSnapshots() };
    new AutoSave(this.domains, this.saves, (message) => toast('autosave', message, open));
  }

  private inspect(domain: Domain): void {
    this.domains.select(domain);
    this.inspector.open('settings');
  }

  /** `pointer`: by mouse or finger, after which typing is meant for the guest again, not for the button. */
  private run(command: CommandName, pointer = false): void {
    if (document.querySelector('dialog[open]')) return;
    if (command !== 'images' && command !== 'machine' && command !== 'machines') closePanels();
    if (pointer) this.enter();
    const done = this.carryOut(command);
    if (done) void this.report(done);
  }

  /** A promise when there may be something to report. */
  private carryOut(command: CommandName): Promise<string | undefined | void> | undefined {
    const { current } = this.domains;
    switch (command) {
      case 'pause':
        return current?.togglePause();
      case 'reset':
        return current?.reset();
      case 'power':
        return current?.togglePower();
      case 'copy':
        return copySelection(this.terminals.shown().xterm);
      case 'paste':
        return pasteInto(this.terminals.shown().xterm);
      default:
        this.open(command);
        return undefined;
    }
  }

  private open(command: CommandName): void {
    const { current, layout } = this.domains;
    if (command === 'images' || command === 'machine') togglePanel(command);
    else if (command === 'machines') this.roster.toggle();
    else if (command === 'next') this.step(1);
    else if (command === 'previous') this.step(-1);
    else if (command === 'tiles') this.domains.arrange({ view: layout.view === 'tiles' ? 'tabs' : 'tiles' });
    else if (command === 'inspector') this.inspector.toggle();
    else if (command === 'rename' && current) this.operator.rename(current);
    else if (command === 'open') this.dialog.open();
    else if (command === 'snapshots') void this.openSnapshots();
    else if (command === 'find') this.find.open();
    else if (command === 'theme') this.theme.cycle();
    else if (command === 'help') openHelp();
    else if (command === 'palette') this.palette.open();
    else if (command === 'focus') this.toggleFocus();
  }

  /** Loaded when it is first opened. */
  private async openSnapshots(): Promise<void> {
    try {
      const { SnapshotManager } = await import('../snapshot-manager/manager.ts');
      this.manager ??= new SnapshotManager(this.domains, this.saves, this.snapshots);
      await this.manager.open();
    } catch (error) {
      toast('report', messageOf(error));
    }
  }

  /** Loaded with the first measurement. */
  private async measure(domain: Domain, name: string): Promise<void> {
    try {
      const { MeasureDialog } = await import('../measure/dialog.ts');
      const guest = await this.guests.find(domain.id, domain.guest);
      await new MeasureDialog(domain, guest, this.domains).open(name);
    } catch (error) {
      toast('report', messageOf(error));
    }
  }

  private step(by: 1 | -1): void {
    this.domains.step(by);
    this.enter();
  }

  private toggleFocus(): void {
    if (this.terminals.shown().focused) byId('images-button').focus();
    else this.enter();
  }

  /** To the terminal, or to the card that covers it. */
  private enter(): void {
    if (this.terminals.covered) byId('card').focus();
    else this.terminals.shown().focus();
  }

  /** Says what went wrong, or what was done. */
  private async report(done: Promise<string | undefined | void>, success?: string): Promise<void> {
    try {
      const text = (await done) ?? success;
      if (text) toast('report', text);
    } catch (error) {
      toast('report', messageOf(error));
    }
  }
}
