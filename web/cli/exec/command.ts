/** The command `domzero exec`: boots an image, runs one command in it, and ends as the command ended. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { ENGINE_DEFAULT, ENGINES } from '../../client/index.ts';
import { ImageError } from '../images.ts';
import { addBootOptions, bootFiles, parseCount, parseSeconds } from '../run/options.ts';
import { runInGuest } from './guest.ts';
import type { ExecCommandOptions } from './options.ts';

/** As env(1) and container tools have it: the command was not run. */
const NOT_RUN = 125;

const HELP = `
The image boots without a terminal, the command runs, the machine goes. One word is a line for the guest's shell; several
are a program and its arguments, as they are. What comes after -- is left alone.

Standard input, output and error are the command's own; Ctrl-C and the signals HUP, INT, QUIT and TERM are passed on to it
and all that it has started. A second Ctrl-C ends the machine.

Exit codes: the command's; 128 + n when signal n ended it; 124 when --timeout did; 125 when it could not be run.

The image needs the agent (images whose manifest says "agent": true; see docs/sandbox.md). With --kernel it is expected
in the initial RAM disk given.

Examples:
  $ domzero exec linux -- uname -a
  $ sort names | domzero exec linux -- 'uniq -c | sort -rn | head'
  $ domzero exec linux-nano --env LANG=C --cwd /tmp --timeout 10 -- sh -c 'cat > x; wc -c x' < photo.jpg
  $ domzero exec linux --limit-memory 32M --limit-output 1M -- ./untrusted`;

export function execCommand(): Command {
  const command = new Command('exec').description('run one command in a fresh machine').addHelpText('after', HELP);
  return addBootOptions(command)
    .argument('[command...]', 'what to run, after --')
    .addOption(new Option('--engine <name>', 'what executes guest code').choices(ENGINES).default(ENGINE_DEFAULT))
    .option('--env <name=value>', "add to the command's environment (repeatable)", addVariable)
    .option('--cwd <folder>', 'working directory in the guest (default: /root)')
    .option('--timeout <seconds>', 'kill the command after this time', parseSeconds)
    .option('--limit-memory <size>', 'memory of the command and all that it starts, like 32M')
    .option('--limit-processes <n>', 'how many processes it may be at a time', parseCount)
    .option('--limit-output <size>', 'kill it when it has written more, like 1M')
    .option('--console', "show the guest's console on standard error")
    .action(async (image: string | undefined, words: string[], options: ExecCommandOptions) => {
      process.exitCode = await exec(image, words, options);
    });
}

async function exec(image: string | undefined, words: string[], options: ExecCommandOptions): Promise<number> {
  try {
    // With --kernel there is no image: the first word belongs to the command.
    const [name, command] = options.kernel === undefined ? [image, words] : [undefined, image ? [image, ...words] : []];
    if (!command.length) throw new Error('nothing to run; write it behind --: domzero exec linux -- uname -a');
    const files = await bootFiles(name, options);
    if (name !== undefined && !files.agent)
      throw new Error(`the image ${name} has no agent to run commands; its manifest does not say "agent": true`);
    return await runInGuest({ ...files, agent: true }, command, options);
  } catch (error) {
    process.stderr.write(`domzero: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof ImageError) for (const line of error.logTail) process.stderr.write(`  | ${line}\n`);
    return NOT_RUN;
  }
}
function addVariable(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`'${text}' is no variable; write NAME=value.`);
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
