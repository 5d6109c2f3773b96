/** From the state of session and library to the message that the page shows, if any. */
import * as format from '../format.ts';
import { crashText } from '../session/crash-report.ts';
import type { BuildStatus } from '../session/library-protocol.ts';
import type { Library } from '../session/library.ts';
import type { MachineExit } from '../../client/index.ts';
import type { Domain } from '../domains/domain.ts';
import type { Message, MessageAction } from './message.ts';

export interface Deeds {
  openFiles(): void;
  chooseImage(): void;
  build(name: string): void;
  reset(): void;
  power(): void;
  end(): void;
  restore(): void;
  reload(): void;
  copy(text: string): void;
}

export function describe(
  domain: Domain | undefined,
  library: Library,
  missing: string | undefined,
  deeds: Deeds,
): Message | undefined {
  if (missing) return unsupported(missing);
  if (!domain) return beforeMachine(library, deeds);
  if (!domain.answers) return silent(deeds);
  switch (domain.activity.kind) {
    case 'off':
      return off(domain, deeds);
    case 'loading':
      return loading(domain, library);
    case 'failed':
      return domain.activity.ended
        ? ended(domain, domain.activity.message, deeds)
        : failed(domain.activity.message, deeds);
    case 'machine':
      return stopped(domain, deeds);
  }
}

function unsupported(missing: string): Message {
  return {
    place: 'card',
    tone: 'bad',
    title: 'This browser cannot run DomZero',
    text: `It lacks ${missing}. A current Firefox, Chrome, Edge or Safari has it; a policy or a setting (such as a lockdown mode) may also have switched it off.`,
  };
}

function beforeMachine(library: Library, deeds: Deeds): Message | undefined {
  const { build, images } = library.state;
  if (!library.loaded || (build === undefined && images.some((image) => image.state === 'building'))) return undefined;
  const open = { label: 'Open a kernel…', run: () => deeds.openFiles() };
  if (build && build.error === undefined) return { ...building(library, build), actions: [open] };
  if (build) {
    const again = { label: 'Build again', run: () => deeds.build(build.name) };
    const title = `Building ${build.name} failed`;
    return { place: 'card', tone: 'bad', title, text: build.error, actions: [again, open] };
  }
  if (images.some((image) => image.state === 'ready')) {
    const choose = { label: 'Choose an image', run: () => deeds.chooseImage() };
    const text = 'A new one comes from an image of the list, or from files of yours.';
    return { place: 'card', tone: 'plain', title: 'No machine', text, actions: [choose, open] };
  }
  if (library.canBuild) {
    const start = { label: 'Build Linux nano', run: () => deeds.build('linux-nano') };
    const text = 'There is nothing to boot yet. The smallest image takes about two minutes to build.';
    return { place: 'card', tone: 'plain', title: 'No image', text, actions: [start, open] };
  }
  return {
    place: 'card',
    tone: 'plain',
    title: 'No image',
    text: 'No guest image comes with this copy of the page. Build one where the page is served from, then reload; or open a kernel of your own.',
    command: 'npx domzero images build linux-nano',
    actions: [open, { label: 'Reload', run: () => deeds.reload() }],
  };
}

function building(library: Library, build: BuildStatus): Message {
  const title = library.find(build.name)?.title ?? build.name;
  return {
    place: 'notice',
    tone: 'busy',
    title: `Building ${title}`,
    text: `${build.step}. This is done once; it boots as soon as it is ready.`,
    progress: build.fraction ?? null,
  };
}

function off(domain: Domain, deeds: Deeds): Message {
  return {
    place: 'card',
    tone: 'plain',
    title: `${domain.name} is off`,
    text: 'It was off when the page was left. Its settings are as they were.',
    actions: [{ label: 'Power on', run: () => deeds.power() }],
  };
}

function silent(deeds: Deeds): Message {
  return {
    place: 'notice',
    tone: 'bad',
    title: 'The machine does not answer',
    text: 'Its Worker hangs, or the browser has ended it. Other machines go on. Ending it loses what the guest had in memory.',
    actions: [{ label: 'End it', run: () => deeds.end() }],
  };
}

function ended(domain: Domain, message: string, deeds: Deeds): Message {
  const actions = [{ label: 'Power on', run: () => deeds.power() }, ...restoring(domain, deeds)];
  return { place: 'notice', tone: 'bad', title: 'The machine was ended', text: message, actions };
}

/** Offered where a machine was lost. */
function restoring({ snapshot }: Domain, deeds: Deeds): MessageAction[] {
  return snapshot ? [{ label: 'Restore the last save', run: () => deeds.restore() }] : [];
}

function loading(domain: Domain, library: Library): Message {
  const { name } = domain.guest;
  const files = domain.activity.kind === 'loading' ? domain.activity.progress : [];
  const loaded = files.reduce((sum, file) => sum + file.loaded, 0);
  const total = files.reduce<number | undefined>(
    (sum, file) => (sum === undefined || file.total === undefined ? undefined : sum + file.total),
    0,
  );
  if (files.length === 0 || loaded === total) {
    const text = library.state.core ? 'Compiling the machine, which is done once' : 'Loading the machine';
    return { place: 'notice', tone: 'busy', title: `Starting ${name}`, text, progress: null };
  }
  const text = total === undefined ? format.bytes(loaded) : `${format.bytes(loaded)} of ${format.bytes(total)}`;
  return {
    place: 'notice',
    tone: 'busy',
    title: `Downloading ${name}`,
    text,
    progress: total === undefined ? null : loaded / total,
  };
}

function failed(message: string, deeds: Deeds): Message {
  return {
    place: 'card',
    tone: 'bad',
    title: 'The machine did not start',
    text: message,
    actions: [
      { label: 'Try again', run: () => deeds.power() },
      { label: 'Choose an image', run: () => deeds.chooseImage() },
      { label: 'Open a kernel…', run: () => deeds.openFiles() },
    ],
  };
}

function stopped(domain: Domain, deeds: Deeds): Message | undefined {
  const on = { label: domain.spent ? 'Restore the snapshot' : 'Power on', run: () => deeds.power() };
  const open = { label: 'Open a kernel…', run: () => deeds.openFiles() };
  switch (domain.machine?.state) {
    case 'off':
      return {
        place: 'notice',
        tone: 'plain',
        title: 'Powered off',
        text: exitText(domain),
        actions: domain.spent ? [on, open] : [on],
      };
    case 'halted':
      return {
        place: 'notice',
        tone: 'warn',
        title: 'Halted',
        text: 'The guest stopped its processor for good. Usually that is a kernel panic: its last lines say why.',
        actions: [domain.spent ? on : { label: 'Reset', run: () => deeds.reset() }],
      };
    case 'crashed':
      return crashed(domain, deeds);
    default:
      return undefined;
  }
}

function exitText({ exit, spent }: Domain): string | undefined {
  const why = exit && exitReason(exit);
  const what = spent
    ? 'It came as a snapshot, without a kernel to boot: go on from the snapshot, or open its kernel.'
    : '';
  return [why, what].filter(Boolean).join(' ') || undefined;
}
function exitReason({ reason, code }: MachineExit): string | undefined {
  if (reason === 'debug-exit') return `The guest left through the debug-exit port with code ${code ?? 0}.`;
  return reason === 'reset' ? 'The guest asked for a reset.' : undefined;
}

function crashed(domain: Domain, deeds: Deeds): Message {
  const crash = domain.exit?.crash;
  const report = crash && crashText(crash, domain.guest, navigator.userAgent);
  const died = crash !== undefined && crash.registers === undefined;
  const ways = [{ label: 'Restart', run: () => deeds.reset() }, ...restoring(domain, deeds)];
  return {
    place: 'notice',
    tone: 'bad',
    title: 'The machine crashed',
    text: died
      ? `${crash.message}. Other machines go on.`
      : 'This is a defect of DomZero, not of the guest. The report says what a developer needs to know.',
    report,
    actions: report ? [...ways, { label: 'Copy report', run: () => deeds.copy(report) }] : ways,
  };
}
