/** The command `domzero jit`: prints what the translator makes of the code at an address. */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { createMachine, type WatchedRegion } from '../../client/index.ts';
import {
  addBootOptions,
  addScriptOptions,
  bootFiles,
  type BootOptions,
  parseCount,
  parseSeconds,
} from '../run/options.ts';
import type { Step } from '../run/script.ts';
import { graphDot, graphText } from './graph.ts';
import { findRegion, type SearchOptions } from './search.ts';
import { loadDisassembler, loadWasmText } from './tools.ts';
import { oneFunction } from './wasm-module.ts';

const HELP = `
Boots without a terminal until the code at the address has been translated, and prints that region: its blocks with
their code, where each leads to, why control leaves the region where it does, and the Wasm function. Locals have the
names of the registers that they hold; docs/jit.md explains the rest. The addresses are linear ones, as
'domzero run --trace jit' lists them. Guest time is the count of instructions: each run finds the same.
Regions are made large from the start here; '--accel first-region=24' shows the small ones that otherwise come first.

Examples:
  $ domzero jit linux-nano --at 0xc10ef74c
  $ domzero jit linux-nano --expect '# $' --send 'ls -lR /\\r' --at 0xc1034d10 --within --after 100000000
  $ domzero jit --kernel test.img --at 0x7c00 --accel threshold=0 --no-wasm --dot region.dot`;

interface Options extends Omit<SearchOptions, 'steps'>, BootOptions {
  readonly dot?: string;
  readonly wasm: boolean;
}

export function jitCommand(): Command {
  const steps: Step[] = [];
  const command = new Command('jit').description('print a region of translated code').addHelpText('after', HELP);
  return addScriptOptions(addBootOptions(command), steps)
    .requiredOption('--at <address>', 'the region that begins at this linear address', parseAddress)
    .option('--within', 'any region that contains the address')
    .option('--after <n>', 'only once n instructions have been executed, or somewhat later', parseCount)
    .option('--timeout <seconds>', 'give up after this time (default: 60)', parseSeconds)
    .option('--debug-exit', 'device at port 0xF4, which a guest ends the run with')
    .option('--dot <file>', "write the flow graph for Graphviz's dot")
    .option('--no-wasm', 'without the Wasm function')
    .action(async (image: string | undefined, options: Options) => {
      process.exitCode = await run(image, { ...options, steps });
    });
}
function parseAddress(text: string): bigint {
  if (!/^(0x[0-9a-f]{1,16}|\d+)$/i.test(text)) throw new InvalidArgumentError('It takes an address, as 0xc1000000.');
  return BigInt(text);
}

async function run(image: string | undefined, options: Options & SearchOptions): Promise<number> {
  try {
    // Before the guest has run for a minute
    const print = await loadPrinter(options);
    print(await findRegion(createMachine, await bootFiles(image, options), options));
    return 0;
  } catch (error) {
    process.stderr.write(`domzero: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
async function loadPrinter({ wasm, dot }: Options): Promise<(region: WatchedRegion) => void> {
  const disassemble = await loadDisassembler();
  const wasmText = wasm ? await loadWasmText() : undefined;
  return (region) => {
    process.stdout.write(graphText(region, disassemble) + '\n');
    if (wasmText) process.stdout.write(wasmText(oneFunction(region)));
    if (dot !== undefined) writeFileSync(dot, graphDot(region, disassemble));
  };
}
