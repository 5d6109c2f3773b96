/** "Measure this switch": asks for a command and a number of runs, shows progress, then both sides with their spread. */
import type { Acceleration } from '../../client/index.ts';
import type { Domain } from '../domains/domain.ts';
import type { Domains } from '../domains/domains.ts';
import { byId, h, setText } from '../dom.ts';
import { messageOf } from '../format.ts';
import { engines } from '../page/machine-panel.ts';
import { openHelp } from '../page/help.ts';
import type { Guest } from '../session/guest.ts';
import { measure } from './measurement.ts';
import type { Costs, Subject } from './measurement.ts';
import { resultOf } from './result.ts';

/** Commands that any image with BusyBox has; each takes a second or so in the interpreter. */
const COMMANDS: readonly (readonly [name: string, command: string])[] = [
  ['Shell arithmetic', 'i=0; while [ $i -lt 4000 ]; do i=$((i+1)); done'],
  ['Checksum', 'dd if=/dev/zero bs=64k count=16 2>/dev/null | sha256sum'],
  ['Compression', 'dd if=/dev/urandom bs=16k count=8 2>/dev/null | gzip'],
  ['awk', "awk 'BEGIN { for (i = 0; i < 20000; i++) s += i % 7 }'"],
];
const RUNS_MAX = 50;

export class MeasureDialog {
  private readonly dialog = byId<HTMLDialogElement>('measure');
  private readonly preset = h('select', { id: 'measure-preset' });
  private readonly command = h('input', {
    type: 'text',
    id: 'measure-command',
    maxlength: '300',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  private readonly runs = h('input', {
    type: 'number',
    id: 'measure-runs',
    min: '2',
    max: String(RUNS_MAX),
    value: '5',
    required: true,
  });
  private readonly a = h('input', { type: 'number', id: 'measure-a', min: '0', required: true });
  private readonly b = h('input', { type: 'number', id: 'measure-b', min: '0', required: true });
  private readonly alone = h('input', { type: 'checkbox', checked: true });
  private readonly start = h('button', { class: 'button primary', type: 'submit' }, 'Measure');
  private readonly close = h('button', { class: 'button', type: 'button' }, 'Close');
  private readonly bar = h(
    'div',
    { class: 'progress', role: 'progressbar', 'aria-label': 'Measuring', hidden: true },
    h('span'),
  );
  private readonly status = h('p', { class: 'hint', role: 'status' });
  private readonly error = h('p', { class: 'error', role: 'alert', hidden: true });
  private readonly result = h('div', { class: 'measure-result' });
  private definition: Acceleration | undefined;
  private running: AbortController | undefined;

  constructor(
    private readonly domain: Domain,
    private readonly guest: Guest,
    private readonly domains: Domains,
  ) {}

  /** `name`: of a switch, or 'engine'. */
  async open(name: string): Promise<void> {
    const list = (await this.domain.machine?.accelerations()) ?? [];
    this.definition = list.find((one) => one.name === name);
    if (!this.definition && name !== 'engine') throw new Error(`the machine has no switch '${name}'; power it on`);
    this.build(name);
    this.dialog.addEventListener('close', () => this.running?.abort(new Error('cancelled')), { once: true });
    this.dialog.showModal();
  }

  private build(name: string): void {
    const { definition } = this;
    this.preset.append(...COMMANDS.map(([label, command]) => h('option', { value: command }, label)));
    this.preset.addEventListener('change', () => (this.command.value = this.preset.value));
    this.command.value = this.preset.value;
    this.command.required = true;
    if (definition) {
      const { default: standard, value, max } = definition;
      this.a.value = String(standard);
      this.b.value = String(value !== standard ? value : 0);
      this.a.max = this.b.max = String(max);
    }
    const help = h('button', { class: 'button', type: 'button' }, 'How it is measured');
    help.addEventListener('click', () => openHelp('measuring'));
    this.close.addEventListener('click', () =>
      this.running ? this.running.abort(new Error('cancelled')) : this.dialog.close(),
    );
    const values = definition && definition.max > 1 ? [field('One value', this.a), field('Another', this.b)] : [];
    const form = h(
      'form',
      {},
      h('h2', {}, `Measure ${name}`),
      h('p', { class: 'lead' }, definition?.description ?? 'Translator against interpreter.'),
      field('Guest program', this.preset),
      field('Command', this.command),
      h('div', { class: 'fields' }, field('Runs of each', this.runs), ...values),
      h(
        'label',
        { class: 'check' },
        this.alone,
        'Pause the other machines meanwhile',
        h('span', { class: 'hint' }, 'They would take turns with it on this computer’s processors.'),
      ),
      this.bar,
      this.status,
      this.error,
      this.result,
      h('div', { class: 'buttons' }, help, this.close, this.start),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.measure();
    });
    this.dialog.replaceChildren(form);
  }

  private get subject(): Subject {
    if (!this.definition) return { kind: 'engine', a: 'jit', b: 'interpreter' };
    const { name, max } = this.definition;
    if (max === 1) return { kind: 'switch', name, a: 1, b: 0 };
    return { kind: 'switch', name, a: this.a.valueAsNumber, b: this.b.valueAsNumber };
  }

  private async measure(): Promise<void> {
    const running = new AbortController();
    this.running = running;
    this.busy(true);
    const resume = this.alone.checked ? await this.pauseOthers() : () => Promise.resolve();
    const { subject } = this;
    try {
      const costs = await measure({
        guest: this.guest,
        settings: this.domain.settings,
        subject,
        command: this.command.value,
        runs: this.runs.valueAsNumber,
        signal: running.signal,
        onProgress: (fraction, what) => this.progress(fraction, what),
      });
      this.show(subject, costs);
    } catch (error) {
      this.error.hidden = running.signal.aborted;
      this.error.textContent = messageOf(error);
      setText(this.status, running.signal.aborted ? 'Cancelled.' : '');
    } finally {
      this.running = undefined;
      this.busy(false);
      await resume();
    }
  }

  /** Answers with what brings them back. */
  private async pauseOthers(): Promise<() => Promise<void>> {
    const paused = this.domains.list.filter(({ machine, answers }) => machine?.state === 'running' && answers);
    for (const { machine } of paused) await machine?.pause();
    return async () => {
      for (const { machine } of paused) if (machine?.state === 'paused') await machine.resume();
    };
  }

  private show(subject: Subject, costs: Costs): void {
    setText(this.status, '');
    this.result.replaceChildren(...resultOf(namesOf(subject), costs));
  }

  private busy(busy: boolean): void {
    this.start.disabled = busy;
    setText(this.close, busy ? 'Cancel' : 'Close');
    this.bar.hidden = !busy;
    if (!busy) return;
    this.error.hidden = true;
    this.result.replaceChildren();
  }

  private progress(fraction: number, what: string): void {
    this.bar.style.setProperty('--done', String(fraction));
    this.bar.setAttribute('aria-valuenow', String(Math.round(fraction * 100)));
    setText(this.status, what);
  }
}

function namesOf(subject: Subject): readonly [string, string] {
  if (subject.kind === 'engine') return [engines[subject.a].name, engines[subject.b].name];
  if (subject.a === 1 && subject.b === 0) return ['On', 'Off'];
  return [`${subject.name} ${subject.a}`, `${subject.name} ${subject.b}`];
}

function field(name: string, input: HTMLElement): HTMLElement {
  return h('div', { class: 'field' }, h('label', { for: input.id }, name), input);
}
