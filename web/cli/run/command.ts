/** The command `domzero run`. */
import { Command } from 'commander';
import { createMachine } from '../../client/index.ts';
import { ImageError } from '../images.ts';
import { addRunOptions, bootFiles, type RunOptions } from './options.ts';
import type { Step } from './script.ts';
import { Session } from './session.ts';
import { writeStatistics } from './statistics.ts';

const HELP = `
In a terminal every key goes to the guest; Ctrl-A X leaves, Ctrl-A H lists more. With --expect or --send nothing is
read from the terminal: they are carried out in the order given, and after the last the run ends.

A boot sector (or a longer flat file) starts at 0:7C00 in real mode. There is no BIOS: a BIOS call stops the machine.

Hot guest code is translated to WebAssembly while it runs (--engine jit), where the host allows that (--engine auto,
which is the default; --stats says what it was). --engine interpreter does without.
--engine lockstep runs both, compares them all the time and stops at the first difference, with exit code 3 and a
report; it is slow. --accel turns the translator's parts and idle skipping off and on: a name that is none lists those that there are.

--snapshot-out F saves the machine in F when the run ends and the machine is still on: the script is through, the time
is up, you leave by Ctrl-A X, or SIGINT or SIGTERM comes. --restore F goes on with it, in any engine, with any --accel.
The page reads and writes the same files; \`domzero snapshot info F\` shows what is in one.

Exit codes: 0 done (script through, guest off, or left by Ctrl-A X), 1 timeout or an end too early, 2 bad input,
3 the core crashed; with --debug-exit the guest chooses an odd one.

Examples:
  $ domzero run linux
  $ domzero run linux-nano --expect '# $' --send 'uname -a\\r' --expect i686 --timeout 60 --stats -
  $ domzero run linux-nano --accel linking=off --stats -
  $ domzero run linux --expect '# $' --snapshot-out booted.dzsnap
  $ domzero run --restore booted.dzsnap
  $ domzero run --kernel vmlinux --initrd initramfs.cpio --append 'console=ttyS0' --memory 256M`;

export function runCommand(): Command {
  const steps: Step[] = [];
  const command = new Command('run').description('boot a machine in this terminal').addHelpText('after', HELP);
  return addRunOptions(command, steps).action(async (image: string | undefined, options: Omit<RunOptions, 'steps'>) => {
    process.exitCode = await run(image, { ...options, steps });
  });
}

async function run(image: string | undefined, options: RunOptions): Promise<number> {
  const { stdin, stdout, stderr } = process;
  // Whoever reads us went away: nothing is left to do.
  stdout.on('error', () => process.exit(1));
  const session = new Session(options, {
    input: stdin,
    output: options.stats === '-' ? stderr : stdout,
    error: stderr,
  });
  try {
    const { outcome, statistics, counters } = await session.run(createMachine, await bootFiles(image, options));
    for (const line of outcome.messages) stderr.write(`domzero: ${line}\n`);
    if (options.stats !== undefined) writeStatistics(options.stats, statistics, counters);
    return outcome.code;
  } catch (error) {
    stderr.write(`domzero: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof ImageError) for (const line of error.logTail) stderr.write(`  | ${line}\n`);
    return 2;
  }
}
