/**
 * What the page says in place of a running machine, or above a stopped one. describe() decides from the state alone
 * (and is tested so); MessageView draws it, keeping the elements while only text and progress change, so that a
 * visitor's focus and a screen reader's place survive.
 */
import { byId, h, setText } from '../dom.ts';

export interface MessageAction {
  readonly label: string;
  readonly run: () => void;
}

export interface Message {
  /** notice: above the terminal, which stays to be read.  card: in its place, when it has nothing to show. */
  readonly place: 'notice' | 'card';
  readonly tone: 'busy' | 'plain' | 'warn' | 'bad';
  readonly title: string;
  readonly text?: string | undefined;
  /** 0 to 1; null when something goes on whose end cannot be told. */
  readonly progress?: number | null | undefined;
  /** A command for a shell, shown to be copied. */
  readonly command?: string | undefined;
  /** A report, shown to be copied. */
  readonly report?: string | undefined;
  /** The first is the one to take, unless the page is busy and nothing needs to be done. */
  readonly actions?: readonly MessageAction[] | undefined;
}

/** Milliseconds. What is done sooner needs no notice, which would move the terminal. */
const BUSY_AFTER = 600;

export class MessageView {
  private shape = '';
  private late: ReturnType<typeof setTimeout> | undefined;
  private current: Message | undefined;

  constructor(
    private readonly copy: (text: string) => void,
    private readonly enter: () => void,
    private readonly cover: (covered: boolean) => void,
  ) {}

  show(message: Message | undefined): void {
    const idle = this.current === undefined;
    if (message?.tone === 'busy' && message.place === 'notice' && (idle || this.late)) {
      this.current = message;
      this.late ??= setTimeout(() => this.draw(this.current), BUSY_AFTER);
    } else this.draw(message);
  }

  private draw(message: Message | undefined): void {
    clearTimeout(this.late);
    this.late = undefined;
    this.current = message;
    const { place, tone, title, command, report, actions, progress } = message ?? {};
    const shape = JSON.stringify([
      place,
      tone,
      title,
      command,
      report,
      actions?.map((a) => a.label),
      progress === undefined,
    ]);
    if (shape !== this.shape) this.build();
    // The machine shown may be another one, with the same to say
    else this.cover(place === 'card');
    this.shape = shape;
    if (message) this.update(message);
  }

  private build(): void {
    const message = this.current;
    const places = [byId('notice'), byId('card')];
    const lost = places.some((element) => element.contains(document.activeElement));
    for (const element of places) {
      const here = message?.place === element.id;
      element.hidden = !here;
      element.replaceChildren(...(here ? this.parts(message) : []));
      element.dataset['tone'] = message?.tone ?? '';
    }
    this.cover(message?.place === 'card');
    // The button that had the focus is gone
    if (lost) this.enter();
  }

  private parts(message: Message): HTMLElement[] {
    const body = h(
      'div',
      { class: 'message-body' },
      h('h2', { class: 'message-title' }, message.title),
      h('p', { class: 'message-text' }),
      message.progress === undefined
        ? undefined
        : h('div', { class: 'progress', role: 'progressbar', 'aria-label': message.title }, h('span')),
    );
    const parts: HTMLElement[] = [body];
    if (message.command !== undefined) parts.push(this.command(message.command));
    if (message.report !== undefined) {
      parts.push(h('pre', { class: 'report', tabindex: '0', 'aria-label': 'Report' }, message.report));
    }
    if (message.actions?.length) parts.push(this.buttons(message.actions, message.tone !== 'busy'));
    // The report comes last in a notice, below the buttons
    if (message.place === 'notice' && message.report !== undefined) parts.push(...parts.splice(1, 1));
    return parts;
  }

  private command(text: string): HTMLElement {
    const copy = h('button', { class: 'tool quiet text', type: 'button', 'aria-label': 'Copy the command' }, 'Copy');
    copy.addEventListener('click', () => this.copy(text));
    return h('div', { class: 'command' }, h('code', {}, text), copy);
  }

  private buttons(actions: readonly MessageAction[], urgent: boolean): HTMLElement {
    const buttons = actions.map(({ label }, i) => {
      const button = h('button', { class: urgent && i === 0 ? 'button primary' : 'button', type: 'button' }, label);
      button.addEventListener('click', () => this.current?.actions?.[i]?.run());
      return button;
    });
    return h('div', { class: 'buttons' }, ...buttons);
  }

  private update({ place, text, progress }: Message): void {
    const element = byId(place);
    const paragraph = element.querySelector<HTMLElement>('.message-text');
    if (paragraph) {
      setText(paragraph, text ?? '');
      paragraph.hidden = !text;
    }
    const bar = element.querySelector<HTMLElement>('.progress');
    if (!bar || progress === undefined) return;
    bar.dataset['unknown'] = String(progress === null);
    if (progress === null) {
      bar.removeAttribute('aria-valuenow');
      return;
    }
    bar.style.setProperty('--done', String(progress));
    bar.setAttribute('aria-valuenow', String(Math.round(progress * 100)));
  }
}
