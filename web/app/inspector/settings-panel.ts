/** What a machine may use, and what it is made with. The limit on the host takes effect at once, the rest at power-on. */
import { MEMORY_DEFAULT, parseMemory } from '../../client/index.ts';
import type { ClockSource } from '../../client/index.ts';
import type { Domain } from '../domains/domain.ts';
import { CLOCK_NAMES } from '../domains/settings.ts';
import { h, icon, setText } from '../dom.ts';
import * as format from '../format.ts';
import type { InspectorDeeds } from './inspector.ts';

const about: Record<ClockSource, string> = {
  host: 'Guest time follows this computer’s clock; an idle guest sleeps.',
  instructions: 'Ten nanoseconds an instruction: the same input gives the same run. An idle guest keeps the host busy.',
};

const AUTOSAVE_ABOUT =
  'One snapshot, which the next one replaces when it is whole. A browser may end a tab before that: then the one before counts.';

export class SettingsPanel {
  readonly element = h('div', { class: 'settings' });
  private readonly memory = h('input', {
    type: 'text',
    id: 'set-memory',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'set-memory-about',
  });
  private readonly memoryAbout = h('p', { class: 'hint', id: 'set-memory-about' });
  private readonly share = h('input', { type: 'range', id: 'set-share', min: '5', max: '100', step: '5' });
  private readonly shareText = h('output', { for: 'set-share' });
  private readonly clock = h('select', { id: 'set-clock', 'aria-describedby': 'set-clock-about' });
  private readonly clockAbout = h('p', { class: 'hint', id: 'set-clock-about' });
  private readonly autosave = h('input', {
    type: 'checkbox',
    id: 'set-autosave',
    'aria-describedby': 'set-autosave-about',
  });
  private readonly flavour = h('p', { class: 'settings-flavour' });
  private readonly error = h('p', { class: 'error', role: 'alert', hidden: true });
  private readonly waits = h(
    'p',
    { class: 'settings-waits', role: 'status', hidden: true },
    'Takes effect at the next power-on or reset.',
  );
  private domain: Domain | undefined;

  constructor(deeds: InspectorDeeds) {
    this.clock.append(...Object.entries(CLOCK_NAMES).map(([value, name]) => h('option', { value }, name)));
    const help = h('button', { class: 'tool quiet', type: 'button', 'aria-label': 'About flavours' }, icon('help'));
    help.addEventListener('click', () => deeds.help('flavours'));
    this.element.append(
      h('div', { class: 'inspector-section' }, h('h3', {}, 'Flavour'), help),
      this.flavour,
      field('Share of one host core, at most', this.share, this.shareText),
      field('Memory', this.memory, this.memoryAbout),
      field('Clock', this.clock, this.clockAbout),
      h(
        'div',
        { class: 'check' },
        this.autosave,
        h('label', { for: 'set-autosave' }, 'Save when this tab is hidden or closed, and resume from there'),
        h('p', { class: 'hint', id: 'set-autosave-about' }, AUTOSAVE_ABOUT),
      ),
      this.error,
      this.waits,
    );
    this.share.addEventListener('input', () => this.showShare());
    this.share.addEventListener('change', () => {
      if (this.domain) deeds.report(this.domain.setCpuShare(Number(this.share.value) / 100));
    });
    this.memory.addEventListener('change', () => this.setMemory());
    this.clock.addEventListener('change', () => this.setClock());
    this.autosave.addEventListener('change', () => this.domain?.setAutosave(this.autosave.checked));
  }

  show(domain: Domain): void {
    const other = domain !== this.domain;
    this.domain = domain;
    const { settings, guest } = domain;
    const [flavour] = domain.flavours;
    setText(this.flavour, flavour ? `${flavour.title}: ${flavour.description}.` : 'The machine says so when it is on.');
    if (other || document.activeElement !== this.memory) this.memory.value = settings.memory ?? '';
    this.memory.placeholder = String(guest.memory ?? format.bytes(MEMORY_DEFAULT));
    setText(
      this.memoryAbout,
      `Like 128M or 1G, from 4M to 2G; empty: ${this.memory.placeholder}, as its image asks for.`,
    );
    if (document.activeElement !== this.share) this.share.value = String(Math.round(settings.cpuShare * 100));
    this.showShare();
    this.clock.value = settings.clock;
    setText(this.clockAbout, about[settings.clock]);
    this.autosave.checked = settings.autosave;
    this.waits.hidden = !domain.waits;
    if (other) this.complain('');
  }

  private showShare(): void {
    setText(this.shareText, this.share.value === '100' ? 'All of it' : `${this.share.value}\u202f%`);
  }

  private setMemory(): void {
    const memory = this.memory.value.trim();
    try {
      if (memory) parseMemory(memory);
      this.complain('');
    } catch (error) {
      return this.complain(format.messageOf(error));
    }
    this.domain?.setHardware({ memory: memory || undefined, clock: this.domain.settings.clock });
  }

  private setClock(): void {
    const clock = this.clock.value as ClockSource;
    this.domain?.setHardware({ memory: this.domain.settings.memory, clock });
  }

  private complain(text: string): void {
    this.memory.setAttribute('aria-invalid', String(text !== ''));
    this.error.hidden = text === '';
    this.error.textContent = text;
  }
}

function field(name: string, input: HTMLElement, ...more: HTMLElement[]): HTMLElement {
  return h('div', { class: 'field' }, h('label', { for: input.id }, name), input, ...more);
}
