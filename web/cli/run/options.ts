/** `domzero run`: its options, and from them what to boot. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  ENGINE_DEFAULT,
  ENGINES,
  parseMemory,
  type AccelerationSettings,
  type ClockSource,
  type Engine,
} from '../../client/index.ts';
import { resolveImage } from '../images.ts';
import { unescape } from './escapes.ts';
import type { Step } from './script.ts';

/** --trace jit: to a file, or to standard error. */
export interface Trace {
  readonly file: string | undefined;
}
export interface RunOptions {
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly memory?: string;
  readonly engine: Engine;
  readonly accel?: AccelerationSettings;
  readonly lockstepChunk?: number;
  readonly lockstepMemory?: number;
  readonly lockstepFrom?: number;
  readonly clock?: ClockSource;
  readonly timeout?: number;
  readonly stats?: string;
  readonly debugExit?: boolean;
  readonly debugConsole?: boolean;
  readonly traceUndefined?: boolean;
  readonly trace?: Trace;
  /** Commander's name of --no-reboot. */
  readonly reboot: boolean;
  /** A snapshot to go on from, and those that it descends from. */
  readonly restore?: string;
  readonly parent?: readonly string[];
  /** Where the machine is saved when the run ends. */
  readonly snapshotOut?: string;
  /** --expect and --send, in the order of the command line. */
  readonly steps: readonly Step[];
}

/** What boots, and how the translator works. */
export function addBootOptions(command: Command): Command {
  return command
    .argument('[image]', 'an image that `domzero images` lists')
    .option('--kernel <file>', 'boot this kernel: ELF with PVH note, multiboot, bzImage or boot sector; may be gzipped')
    .option('--initrd <file>', 'initial RAM disk; may be gzipped')
    .option('--append <text>', "kernel command line; with an image it is added to the image's own")
    .option('--memory <size>', 'RAM, 4M to 2G (default: what the image asks for, else 128M)', checkMemory)
    .option('--accel <name=value,...>', 'switch accelerations: on, off or a number (repeatable)', addAccel);
}
/** The steps are collected in `steps`, as commander keeps no order between options. */
export function addScriptOptions(command: Command, steps: Step[]): Command {
  return command
    .option('--expect <regex>', 'wait until the console shows it (repeatable)', (text) => addExpect(steps, text))
    .option('--send <text>', 'type it; \\r is Enter (repeatable)', (text) => addSend(steps, text));
}
export function addRunOptions(command: Command, steps: Step[]): Command {
  return addScriptOptions(addBootOptions(command), steps)
    .addOption(new Option('--engine <name>', 'what executes guest code').choices(ENGINES).default(ENGINE_DEFAULT))
    .option('--lockstep-chunk <n>', 'with --engine lockstep: compare after n instructions (default: 1000)', parseCount)
    .option('--lockstep-memory <n>', 'and all memory after n (default: 50 million)', parseCount)
    .option('--lockstep-from <n>', 'and only from instruction n on, with the way there in the report', parseCount)
    .addOption(
      new Option(
        '--clock <source>',
        "guest time: the host's clock (default), or the count of instructions (repeatable; default of lockstep)",
      ).choices(['host', 'instructions']),
    )
    .option('--timeout <seconds>', 'give up after this time, with exit code 1', parseSeconds)
    .option(
      '--stats <file>',
      'write statistics as JSON; "-" is standard output: a table in a terminal, JSON in a pipe; the console then goes to the other',
    )
    .option('--debug-exit', 'device at port 0xF4: a byte v written to it ends the run with exit code 2v + 1')
    .option('--debug-console', 'device at port 0xE9: bytes written to it are shown')
    .option('--trace-undefined', 'report instructions that are not implemented on standard error')
    .option(
      '--trace <jit[=file]>',
      'list regions of translated code as they are made (default: on standard error)',
      parseTrace,
    )
    .option('--no-reboot', 'end the run when the guest resets the machine')
    .option('--restore <file>', 'go on with a saved machine instead of booting; with an image, a reset boots that')
    .option('--parent <file>', 'with --restore: a snapshot that an incremental one descends from (repeatable)', addFile)
    .option('--snapshot-out <file>', 'save the machine there when the run ends and it is still on');
}
function addFile(file: string, before: readonly string[] = []): string[] {
  return [...before, file];
}
function addExpect(steps: Step[], text: string): void {
  try {
    steps.push({ kind: 'expect', pattern: new RegExp(text, 'm') });
  } catch {
    throw new InvalidArgumentError('It is not a regular expression.');
  }
}
function addSend(steps: Step[], text: string): void {
  try {
    steps.push({ kind: 'send', text: unescape(text) });
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
/** 'linking=off,region=100'. Whether there are such switches, the core knows. */
export function addAccel(text: string, before: AccelerationSettings = {}): AccelerationSettings {
  const settings: Record<string, boolean | number> = { ...before };
  for (const part of text.split(',')) {
    const [, name, value] = /^([\w-]+)=(on|off|\d+)$/.exec(part) ?? [];
    if (name === undefined || value === undefined)
      throw new InvalidArgumentError(`'${part}' is no switch; write name=on, name=off or name=number.`);
    settings[name] = value === 'on' || (value !== 'off' && Number(value));
  }
  return settings;
}
function parseTrace(text: string): Trace {
  const parts = /^jit(?:=(.+))?$/.exec(text);
  if (!parts) throw new InvalidArgumentError("It takes 'jit', or 'jit=FILE'.");
  return { file: parts[1] };
}
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count)) throw new InvalidArgumentError('It takes a whole number.');
  return count;
}
function checkMemory(text: string): string {
  try {
    parseMemory(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 2 ** 31 / 1000)) throw new InvalidArgumentError('It takes seconds, more than 0.');
  return seconds;
}

/** The machine to boot: from an image's manifest, or from files alone. */
export interface BootFiles {
  readonly kernel: URL | undefined;
  readonly initrd: URL | undefined;
  readonly commandLine: string;
  readonly memory: string | undefined;
  readonly snapshot?: URL | undefined;
  readonly parent?: readonly URL[] | undefined;
  /** The image has the agent for commands and files; undefined: as it was saved. */
  readonly agent?: boolean | undefined;
}
/** The options that say what boots. */
export type BootOptions = Pick<RunOptions, 'kernel' | 'initrd' | 'append' | 'memory' | 'restore' | 'parent'>;
export async function bootFiles(image: string | undefined, options: BootOptions): Promise<BootFiles> {
  if (options.restore !== undefined) return savedFiles(image, options, options.restore);
  if (options.parent !== undefined) throw new Error('--parent belongs to --restore');
  if (image === undefined) return plainFiles(options);
  if (options.kernel !== undefined) throw new Error('give an image or --kernel, not both');
  if (/[/\\]/.test(image)) throw new Error(`'${image}' is a path, not an image; boot a file with --kernel ${image}`);
  const { manifest, kernel, initramfs } = await resolveImage(image);
  return {
    kernel: fileUrl(kernel),
    initrd: fileUrl(options.initrd ?? initramfs),
    commandLine: [manifest.commandLine, options.append].filter(Boolean).join(' '),
    memory: options.memory ?? manifest.memory,
    agent: manifest.agent ?? false,
  };
}
/** A saved machine; the kernel, if one is named, is for a reset. */
async function savedFiles(image: string | undefined, options: BootOptions, restore: string): Promise<BootFiles> {
  const { parent = [], restore: _restore, parent: _parent, ...boot } = options;
  if (options.memory !== undefined) throw new Error('--memory: a saved machine has the memory that it was saved with');
  const known = image !== undefined || options.kernel !== undefined;
  const files = known ? await bootFiles(image, boot) : { kernel: undefined, initrd: undefined, commandLine: '' };
  return { ...files, memory: undefined, snapshot: fileUrl(restore), parent: parent.map(fileUrl) };
}
function plainFiles(options: BootOptions): BootFiles {
  if (options.kernel === undefined)
    throw new Error('nothing to boot: name an image (`domzero images` lists them) or give --kernel FILE');
  return {
    kernel: fileUrl(options.kernel),
    initrd: options.initrd === undefined ? undefined : fileUrl(options.initrd),
    commandLine: options.append ?? '',
    memory: options.memory,
    agent: false,
  };
}
/** A path may contain characters that mean something in a URL. */
function fileUrl(path: string): URL {
  return process.getBuiltinModule('node:url').pathToFileURL(path);
}
