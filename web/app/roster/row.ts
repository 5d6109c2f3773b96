/** One machine in the list: its name, what it is, how it does. Only texts change while it runs, so the focus stays. */
import type { Domain } from '../domains/domain.ts';
import { h, icon, setText } from '../dom.ts';
import * as format from '../format.ts';
import { stateOf } from '../page/status-line.ts';

export class Row {
  readonly element = h('li', { class: 'machine' });
  private readonly name = h('span', { class: 'machine-name' });
  private readonly state = h('span', { class: 'machine-state' });
  private readonly about = h('span', { class: 'machine-about' });
  private readonly speed = figure('Guest speed');
  private readonly cpu = figure('Share of one host core');
  private readonly memory = figure('Memory');
  private readonly main = h('button', { class: 'machine-main', type: 'button' });
  private readonly menu = h('button', { class: 'tool quiet', type: 'button', 'aria-haspopup': 'menu' }, icon('more'));

  constructor(
    private readonly domain: Domain,
    select: (domain: Domain) => void,
    openMenu: (domain: Domain, button: HTMLElement) => void,
  ) {
    this.element.dataset['domain'] = domain.id;
    const dot = h('span', { class: 'dot', 'aria-hidden': 'true' });
    const figures = h('span', { class: 'machine-figures' }, this.speed, this.cpu, this.memory);
    this.main.append(dot, this.name, this.state, this.about, figures);
    this.element.append(this.main, this.menu);
    this.main.addEventListener('click', () => select(domain));
    this.menu.addEventListener('click', () => openMenu(domain, this.menu));
  }

  show(current: boolean): void {
    const { domain } = this;
    const { key, word } = stateOf(domain);
    const { statistics, live, guest } = domain;
    this.main.dataset['state'] = key;
    if (current) this.main.setAttribute('aria-current', 'true');
    else this.main.removeAttribute('aria-current');
    setText(this.name, domain.name);
    setText(this.state, word);
    setText(this.about, [guest.name, ...domain.flavours.slice(0, 1).map(({ title }) => title)].join(' · '));
    this.menu.setAttribute('aria-label', `Commands for ${domain.name}`);
    fill(this.speed, live && statistics ? format.mips(statistics.mips) : '');
    fill(this.cpu, live && statistics ? `CPU ${format.percent(statistics.hostShare)}` : '');
    fill(this.memory, statistics ? format.bytes(statistics.memory) : '');
  }

  focus(): void {
    this.main.focus();
  }
}

function figure(title: string): HTMLElement {
  return h('span', { title });
}

function fill(element: HTMLElement, text: string): void {
  setText(element, text);
  element.hidden = text === '';
}
