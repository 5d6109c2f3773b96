/** The `domzero` command. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { execCommand } from './exec/command.ts';
import { addConformance } from './conformance.ts';
import { imagesCommand } from './images.ts';
import { jitCommand } from './jit/command.ts';
import { runCommand } from './run/command.ts';
import { snapshotCommand } from './snapshot/command.ts';

const USAGE_ERROR = 2;

export function createProgram(): Command {
  const program = new Command('domzero')
    .description('A PC in WebAssembly: boots Linux and other 32-bit x86 systems.')
    .version(version());
  program.addCommand(runCommand());
  program.addCommand(snapshotCommand());
  program.addCommand(execCommand());
  program.addCommand(jitCommand());
  program.addCommand(imagesCommand());
  addConformance(program);
  configure(program);
  return program;
}
/** Mistakes are one line on standard error, in all commands alike. */
function configure(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) =>
      write(
        `domzero: ${text
          .replace(/^error: /, '')
          .trim()
          .replaceAll('\n', ' ')}\n`,
      ),
  });
  for (const sub of command.commands) configure(sub);
}
/** Of the package: the file lies two folders up, in the sources as in dist. */
function version(): string {
  const json = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(json) as { version: string }).version;
}

/** Runs a command line; sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = exitCodeOf(error);
  }
}
/** What a command reports by `error()` keeps its code; all else is a mistake in the command line, or help. */
function exitCodeOf(error: CommanderError): number {
  if (error.exitCode === 0 || error.code === 'commander.error') return error.exitCode;
  return USAGE_ERROR;
}
