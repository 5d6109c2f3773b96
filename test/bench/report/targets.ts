/** What the translator has to reach, and what was measured of it. */
import type { EngineId } from '../job.ts';
import { enginesOf, meanRatio, ours, rowMedian, rowRatio } from '../results.ts';
import type { Results, RowResult } from '../results.ts';
import { WEAK_ROWS } from '../rows.ts';
import { number, ratio, timesNative } from './format.ts';

export interface Target {
  readonly title: string;
  readonly wanted: string;
  readonly measured: string;
  readonly reached: boolean;
}

interface Smallest {
  readonly value: number;
  readonly row: RowResult;
}

function smallest(rows: readonly RowResult[], us: EngineId, base: EngineId): Smallest | undefined {
  const known = rows.flatMap((row) => {
    const value = rowRatio(row, us, base);
    return value === undefined ? [] : [{ value, row }];
  });
  return known.sort((a, b) => a.value - b.value)[0];
}

/** A row that we failed in cannot be part of a mean: with it, nothing is reached. */
function withFailures(rows: readonly RowResult[], us: EngineId, found: Target[]): Target[] {
  const failed = rows.filter((row) => row.values[us]?.error !== undefined).length;
  if (!failed) return found;
  return found.map((target) => ({ ...target, measured: `${target.measured}, ${failed} failed`, reached: false }));
}

function atLeast(title: string, wanted: number, value: number | undefined, note = ''): Target[] {
  if (value === undefined) return [];
  return [{ title, wanted: `≥ ${wanted}×`, measured: ratio(value) + note, reached: value >= wanted }];
}

function loopTargets(rows: readonly RowResult[], us: EngineId, where: string): Target[] {
  const weak = smallest(
    rows.filter(({ name }) => WEAK_ROWS.includes(name)),
    us,
    'v86-jit',
  );
  const least = smallest(rows, us, 'v86-jit');
  return withFailures(rows, us, [
    ...atLeast(`loops${where}, geometric mean, v86 JIT`, 2, meanRatio(rows, us, 'v86-jit')),
    ...atLeast(`loops${where}, slowest row, v86 JIT`, 0.9, least?.value, ` (${least?.row.title})`),
    ...atLeast(`loops${where} where v86 is weak, slowest row`, 3, weak?.value, ` (${weak?.row.title})`),
    ...atLeast(`loops${where}, geometric mean, QEMU TCG`, 1, meanRatio(rows, us, 'qemu')),
  ]);
}

function bootTargets(rows: readonly RowResult[], us: EngineId): Target[] {
  const packed = rows.find(({ name }) => name === 'nano-bzimage');
  const plain = rows.find(({ name }) => name === 'nano-vmlinux');
  const seconds = plain && rowMedian(plain, us);
  const boot = { title: 'linux-nano, vmlinux, to the prompt', wanted: '≤ 0.3 s' };
  return withFailures(rows, us, [
    ...atLeast('linux-nano, bzImage, to the prompt, v86 JIT', 3, packed && rowRatio(packed, us, 'v86-jit')),
    ...(seconds === undefined ? [] : [{ ...boot, measured: `${number(seconds)} s`, reached: seconds <= 0.3 }]),
  ]);
}

function programTargets(rows: readonly RowResult[], us: EngineId): Target[] {
  const times = timesNative(meanRatio(rows, us, 'native'));
  if (times === undefined) return [];
  const title = 'programs, geometric mean, this host’s own time';
  return withFailures(rows, us, [{ title, wanted: '≤ 8×', measured: ratio(times), reached: times <= 8 }]);
}

export function targets(results: Results): Target[] {
  const us = (rows: readonly RowResult[]) => ours(enginesOf(results, rows));
  const { loops, browser, boots, programs } = results;
  return [
    ...loopTargets(loops, us(loops), ''),
    ...loopTargets(browser, us(browser), ' in Chromium'),
    ...bootTargets(boots, us(boots)),
    ...programTargets(programs, us(programs)),
  ];
}
