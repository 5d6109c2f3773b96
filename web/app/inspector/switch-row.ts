/** One switch of the translator: name, what it does, its value; all of it as the core says. */
import type { Acceleration } from '../../client/index.ts';
import { h, setText } from '../dom.ts';

export class SwitchRow {
  readonly element = h('li', { class: 'switch' });
  private readonly input: HTMLInputElement;
  private readonly note = h('span', { class: 'switch-note' });
  private readonly isNumber: boolean;

  constructor(
    private readonly definition: Acceleration,
    change: (value: number) => void,
    measure: () => void,
  ) {
    const { name, max, description } = definition;
    this.isNumber = max > 1;
    const id = `switch-${name}`;
    this.input = this.isNumber
      ? h('input', { type: 'number', id, min: '0', max: String(max), step: '1' })
      : h('input', { type: 'checkbox', role: 'switch', id });
    this.input.setAttribute('aria-describedby', `${id}-about`);
    this.input.addEventListener('change', () => {
      if (this.isNumber && !this.input.reportValidity()) return;
      change(this.isNumber ? this.input.valueAsNumber || 0 : Number(this.input.checked));
    });
    const button = h(
      'button',
      { class: 'tool quiet text', type: 'button', 'aria-label': `Measure ${name}` },
      'Measure',
    );
    button.addEventListener('click', measure);
    const label = h('label', { for: id, class: 'switch-name' }, name);
    const about = h('p', { class: 'hint', id: `${id}-about` }, description, this.note);
    this.element.append(this.input, label, button, about);
  }

  show({ value }: Acceleration): void {
    const { default: standard, max } = this.definition;
    if (!this.isNumber) this.input.checked = value === 1;
    else if (document.activeElement !== this.input) this.input.value = String(value);
    this.element.dataset['changed'] = String(value !== standard);
    const range = this.isNumber ? `0 to ${max}; ` : '';
    const preset = this.isNumber ? String(standard) : standard === 1 ? 'on' : 'off';
    setText(this.note, ` (${range}default: ${preset})`);
  }
}
