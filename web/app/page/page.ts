/** The page as a whole: makes the parts, connects them, carries out commands. Decides nothing about machines itself. */
import { byId } from '../dom.ts';
import { exposeTo } from '../embed.ts';
import { messageOf } from '../format.ts';
import { choose, guestOf, Library } from '../session/library.ts';
import type { LibraryImage } from '../session/library.ts';
import { remember, remembered } from '../session/preferences.ts';
import { Session } from '../session/session.ts';
import { missingFeature } from '../session/support.ts';
import { copySelection, copyText, pasteInto } from '../terminal/clipboard.ts';
import { FindBar } from '../terminal/find-bar.ts';
import { KeyBar } from '../terminal/keybar.ts';
import { TerminalView } from '../terminal/terminal.ts';
import { bindCommands } from './commands.ts';
import type { CommandName } from './commands.ts';
import { describe } from './describe.ts';
import { fillHelp } from './help.ts';
import { ImagesPanel } from './images-panel.ts';
import { MachinePanel } from './machine-panel.ts';
import { MessageView } from './message.ts';
import { OpenDialog } from './open-dialog.ts';
import { closePanels, definePanel, togglePanel } from './panels.ts';
import { StatusLine } from './status-line.ts';
import { addContextMenu, bindScreenReaderMode } from './terminal-controls.ts';
import { ThemeChoice } from './theme.ts';
import { dismiss, toast } from './toasts.ts';
import { showToolbar } from './toolbar.ts';

export class Page {
  private readonly library = new Library();
  private readonly theme = new ThemeChoice();
  private readonly terminal = new TerminalView(byId('terminal'), this.theme.mode);
  private readonly session = new Session(this.terminal);
  private readonly missing = missingFeature();
  private readonly find = new FindBar(this.terminal, () => this.theme.mode);
  private readonly dialog = new OpenDialog((guest) => void this.boot(() => this.session.boot(guest)));
  private readonly status = new StatusLine();
  private readonly message = new MessageView(
    (text) => void this.report(copyText(text), 'Copied'),
    () => this.enter(),
  );
  /** Offered once each: an image that became ready while another one runs. */
  private readonly offered = new Set<string>();

  constructor() {
    this.theme.onChange(() => this.terminal.setTheme(this.theme.mode));
    this.session.onChange(() => this.show());
    this.library.onChange(() => this.onLibrary());
    this.library.onLog((line) => this.session.activity.kind === 'none' && this.terminal.say(line));
    this.connectTerminal();
    this.connectPanels();
    bindCommands((command, pointer) => this.run(command, pointer));
    fillHelp();
    exposeTo(window, this.session, this.terminal);
  }

  /** Loads the list of images; booting follows from it (onLibrary). */
  async start(): Promise<void> {
    this.show();
    if (this.missing) return;
    this.enter();
    try {
      await this.library.load();
    } catch (error) {
      toast('library', `The list of images could not be loaded: ${messageOf(error)}`);
    }
  }

  private show(): void {
    const { build } = this.library.state;
    this.message.show(describe(this.session, this.library, this.missing, this.deeds));
    this.status.show(this.session, build !== undefined && build.error === undefined);
    showToolbar(this.session);
    const state = this.session.machine?.state;
    this.terminal.setStill(state !== undefined && !this.session.live);
  }

  private readonly deeds = {
    openFiles: () => this.dialog.open(),
    chooseImage: () => togglePanel('images'),
    build: (name: string) => void this.build(name),
    reset: () => this.run('reset'),
    power: () => this.run('power'),
    retry: () => void this.boot(() => this.session.retry()),
    reload: () => location.reload(),
    copy: (text: string) => void this.report(copyText(text), 'Copied'),
  };

  /** The first image boots as soon as it is there; one that comes later is offered. */
  private onLibrary(): void {
    this.follow();
    this.show();
  }

  private follow(): void {
    if (this.missing) return;
    const wanted = new URLSearchParams(location.search).get('image');
    if (this.session.activity.kind === 'none') {
      const image = choose(this.library.state, wanted, remembered('image'));
      if (wanted && image?.name !== wanted) toast('wanted', `There is no image “${wanted}” here`);
      if (image?.state !== 'ready') return;
      for (const other of this.library.state.images) if (other.state === 'ready') this.offered.add(other.name);
      void this.boot(() => this.session.boot(guestOf(image)));
      return;
    }
    for (const image of this.library.state.images) if (image.state === 'ready') this.offer(image);
  }

  private offer(image: LibraryImage): void {
    if (this.offered.has(image.name) || this.session.guest?.name === image.name) return;
    this.offered.add(image.name);
    toast('ready', `${image.title} is ready`, { label: 'Boot it', run: () => this.pick(image) });
  }

  /** A visitor's choice, to be remembered. */
  private pick(image: LibraryImage): void {
    dismiss('ready');
    remember('image', image.name);
    void this.boot(() => this.session.boot(guestOf(image)));
  }

  private async build(name: string): Promise<void> {
    try {
      await this.library.build(name);
    } catch (error) {
      toast('build', messageOf(error));
    }
  }

  private async boot(start: () => Promise<void>): Promise<void> {
    const done = start();
    this.enter();
    await done;
  }

  private connectTerminal(): void {
    const keys = new KeyBar(this.terminal);
    this.terminal.onInput((data) => {
      if (!this.session.live) return;
      const typed = typeof data === 'string' ? keys.apply(data) : data;
      this.session.machine?.send(typed).catch((error: unknown) => toast('input', messageOf(error)));
    });
    addContextMenu(this.terminal, (command) => this.run(command));
    bindScreenReaderMode(this.terminal);
    byId('skip').addEventListener('click', (event) => {
      event.preventDefault();
      this.enter();
    });
  }

  private connectPanels(): void {
    const images = new ImagesPanel(this.session, this.library, {
      boot: (image) => this.pick(image),
      build: (image) => void this.build(image.name),
    });
    const machine = new MachinePanel(this.session);
    definePanel('images', [byId('images-button')], () => images.fill());
    definePanel('machine', [byId('machine-button'), byId('engine-button'), byId('more-button')], () => machine.fill());
    definePanel('more', [byId('more-button')]);
    for (const close of document.querySelectorAll('[data-close]')) {
      close.addEventListener('click', () => close.closest('dialog')?.close());
    }
    for (const dialog of document.querySelectorAll('dialog')) {
      dialog.addEventListener('close', () => this.enter());
    }
    // From buttons back to the terminal; open panels and dialogs close by themselves first
    document.addEventListener('keydown', (event) => {
      const above = document.querySelector('dialog[open], [popover]:popover-open');
      if (event.key === 'Escape' && !above && !this.terminal.focused) this.enter();
    });
  }

  /** `pointer`: by mouse or finger, after which typing is meant for the guest again, not for the button. */
  private run(command: CommandName, pointer = false): void {
    if (document.querySelector('dialog[open]')) return;
    if (command !== 'images' && command !== 'machine') closePanels();
    if (pointer) this.enter();
    const done = this.carryOut(command);
    if (done) void this.report(done);
  }

  /** A promise when there may be something to report. */
  private carryOut(command: CommandName): Promise<string | undefined | void> | undefined {
    switch (command) {
      case 'pause':
        return this.session.togglePause();
      case 'reset':
        return this.session.reset();
      case 'power':
        return this.session.togglePower();
      case 'copy':
        return copySelection(this.terminal.xterm);
      case 'paste':
        return pasteInto(this.terminal.xterm);
      default:
        this.open(command);
        return undefined;
    }
  }

  private open(command: CommandName): void {
    if (command === 'images' || command === 'machine') togglePanel(command);
    else if (command === 'open') this.dialog.open();
    else if (command === 'find') this.find.open();
    else if (command === 'theme') this.theme.cycle();
    else if (command === 'help') byId<HTMLDialogElement>('help').showModal();
    else if (command === 'focus') this.toggleFocus();
  }

  private toggleFocus(): void {
    if (this.terminal.focused) byId('images-button').focus();
    else this.enter();
  }

  /** To the terminal, or to the card that covers it. */
  private enter(): void {
    if (byId('terminal').inert) byId('card').focus();
    else this.terminal.focus();
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
