/** `domzero conformance DIR`: the core against vectors recorded from real processors. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Expected, type Failure, type Results, table } from './conformance/results.ts';
import { Conformance, type ConformanceEngine, type ConformanceOptions } from './conformance/run-directory.ts';
import type { Mode } from './conformance/setup.ts';

interface Options {
  json?: string;
  filter?: RegExp;
  mode?: Set<Mode>;
  engine: ConformanceEngine;
  every: number;
  lenient?: boolean;
  listFailures: number;
  expected?: string;
  all?: boolean;
}

/** Adds the command to `program`. */
export function addConformance(program: Command): void {
  program
    .command('conformance')
    .description('run single-instruction vectors (XVEC or MOO files) on the core and compare')
    .argument('<dir>', 'directory with .xvec.gz or .MOO.gz files')
    .option('--json <file>', 'write the results by file and by opcode as JSON ("-": standard output)')
    .option('--filter <regex>', 'only files whose name matches', parseRegex)
    .option('--mode <list>', 'only these code sizes, for instance 16,32', parseModes)
    .addOption(
      new Option('--engine <name>', 'who executes: with "jit" each instruction is translated first')
        .choices(['interpreter', 'jit'])
        .default('interpreter'),
    )
    .option('--every <n>', 'only one vector in N', parsePositive, 1)
    .option('--lenient', 'ignore C1 and DE of the x87 status word')
    .option('--strict', 'compare every defined bit (the default)')
    .option('--list-failures <n>', 'print the first N failures', parseCount, 10)
    .option('--expected <file>', 'expected failures, which are no error; the list may only shrink')
    .option('--all', 'show opcodes without failures too')
    .action((directory: string, options: Options) => {
      process.exitCode = conformance(directory, options);
    });
}

function parseRegex(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new InvalidArgumentError('It is not a regular expression.');
  }
}
function parseModes(text: string): Set<Mode> {
  const modes = text.split(',').map(Number);
  const isMode = (mode: number): mode is Mode => mode === 16 || mode === 32 || mode === 64;
  if (!modes.every(isMode)) throw new InvalidArgumentError('It takes 16, 32 and 64, separated by commas.');
  return new Set(modes);
}
function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('It takes a number.');
  return count;
}

function parsePositive(text: string): number {
  const count = parseCount(text);
  if (count === 0) throw new InvalidArgumentError('It takes a number from 1 on.');
  return count;
}

/** Runs and reports; returns the exit code. */
export function conformance(directory: string, options: Options): number {
  const { filter, mode, lenient, json } = options;
  const run: ConformanceOptions = { progress, engine: options.engine, every: options.every };
  if (filter) run.filter = filter;
  if (mode) run.modes = mode;
  if (lenient) run.lenient = true;
  const start = performance.now();
  const results = new Conformance(run).runDirectory(directory);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  // With the JSON on standard output, everything else goes elsewhere
  const print = json === '-' ? console.error : console.log;
  report(results, options, print);
  print(`${((performance.now() - start) / 1000).toFixed(1)} s`);
  if (json === '-') process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  else if (json) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  return verdict(results, options.expected, print);
}

function progress(file: string, index: number, count: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K[${index + 1}/${count}] ${file}`);
}

type Print = (line: string) => void;

function report(results: Results, { all, listFailures, engine }: Options, print: Print): void {
  table('file', results.byFile, true).forEach((line) => print(line));
  if (engine === 'jit') reportTranslated(results, print);
  print('');
  const encodings = table('opcode', results.encodings(), all ?? false);
  if (encodings.length) [...encodings, ''].forEach((line) => print(line));
  for (const failure of results.failures.slice(0, listFailures)) describe(failure).forEach((line) => print(line));
  for (const [reason, count] of results.skippedFor) print(`skipped ${count}: ${reason}`);
  const { passed, failed, skipped } = results.total;
  print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
}
/** Files where the interpreter has executed any, and the sum. */
function reportTranslated({ byFile, translatedIn }: Results, print: Print): void {
  let [translated, ran] = [0, 0];
  for (const [file, { passed, failed }] of byFile) {
    const here = translatedIn.get(file) ?? 0;
    translated += here;
    ran += passed + failed;
    if (here < passed + failed) print(`${file}: ${here} of ${passed + failed} ran in translated code`);
  }
  print(`${translated} of ${ran} ran in translated code; the others are left to the interpreter`);
}
function describe({ file, index, what, differences }: Failure): string[] {
  return [`${file} #${index}: ${what}`, ...differences.slice(0, 6).map((line) => `    ${line}`)];
}

function verdict(results: Results, expectedFile: string | undefined, print: Print): number {
  if (!expectedFile) return results.total.failed ? 1 : 0;
  const expected = JSON.parse(readFileSync(expectedFile, 'utf8')) as Expected;
  const surprises = results.surprises(expected);
  surprises.forEach((line) => print(line));
  print(surprises.length ? `${surprises.length} deviations from ${expectedFile}` : `all as ${expectedFile} expects`);
  return surprises.length ? 1 : 0;
}
