/** The flow graph of a region, as text and for Graphviz. Blocks have the numbers of their place in the Wasm code. */
import { describeRegion, type RegionBlock, type WatchedRegion } from '../../client/index.ts';
import type { Disassemble, Instruction } from './tools.ts';

const BYTES_WIDTH = 24;

export interface Edge {
  readonly to: number;
  readonly how: 'taken' | 'next' | 'predicted' | 'often';
  /** To a loop's head, from within the loop. */
  readonly back: boolean;
}
export function edgesOf(graph: readonly RegionBlock[], from: number): Edge[] {
  const { control, taken, next, cases } = graph[from] as RegionBlock;
  const edge = (to: number | undefined, how: Edge['how']): Edge[] =>
    to === undefined ? [] : [{ to, how, back: isInside(graph[to]) && to <= from }];
  const often = cases.flatMap((to) => edge(to, 'often'));
  return [...edge(taken, control === 'return' ? 'predicted' : 'taken'), ...edge(next, 'next'), ...often];
}
export function isInside(block: RegionBlock | undefined): boolean {
  return block !== undefined && block.instructions > 0;
}

/** Its blocks with their code, where they come from and lead to, and why control leaves where it does. */
export function graphText(region: WatchedRegion, disassemble: Disassemble): string {
  const lines = [describeRegion(region), ''];
  region.graph.forEach((block, i) => {
    if (!isInside(block)) return;
    lines.push(heading(region.graph, i), ...code(region, block, disassemble).map(line));
    lines.push(...ways(region.graph, i).map((way) => `    -> ${way}`), '');
  });
  return lines.join('\n');
}
function heading(graph: readonly RegionBlock[], i: number): string {
  const block = graph[i] as RegionBlock;
  const from = graph.flatMap((_, j) => (edgesOf(graph, j).some(({ to }) => to === i) ? [j] : []));
  const notes = [
    i === 0 ? 'entry' : '',
    block.isLoop ? 'loop head' : '',
    block.isMerge ? 'merge' : '',
    block.call ? `in call ${block.call}` : '',
    from.length ? `from ${from.join(' ')}` : '',
  ].filter(Boolean);
  return `block ${i}${notes.length ? `: ${notes.join(', ')}` : ''}`;
}
function ways(graph: readonly RegionBlock[], i: number): string[] {
  const block = graph[i] as RegionBlock;
  const out = edgesOf(graph, i).map(({ to, how, back }) => {
    const target = graph[to] as RegionBlock;
    if (isInside(target)) return `block ${to} ${how}${back ? ', back' : ''}`;
    return `out to ${hex(target.rip)} ${how}: ${target.ending ?? 'unknown'}`;
  });
  return block.ending === undefined ? out : [...out, `out: ${block.ending}`];
}
function code(region: WatchedRegion, block: RegionBlock, disassemble: Disassemble): Instruction[] {
  return disassemble(block.code, block.rip, region.mode.bits);
}
function line({ address, bytes, text }: Instruction): string {
  const dump = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `  ${address.toString(16).padStart(8, '0')}  ${dump.padEnd(BYTES_WIDTH)} ${text}`;
}
function hex(value: bigint): string {
  return '0x' + value.toString(16);
}

/** The same for `dot`: loop heads are double, ways out are dashed. */
export function graphDot(region: WatchedRegion, disassemble: Disassemble): string {
  const { graph } = region;
  const nodes = graph.map((block, i) => {
    if (!isInside(block)) return `  b${i} [label=${quote([hex(block.rip), block.ending ?? ''])}, style=dashed];`;
    const text = code(region, block, disassemble).map(({ address, text }) => `${address.toString(16)}  ${text}`);
    return `  b${i} [label=${quote([heading(graph, i), ...text])}${block.isLoop ? ', peripheries=2' : ''}];`;
  });
  const arrows = graph.flatMap((block, i) => [
    ...edgesOf(graph, i).map(({ to, how, back }) => `  b${i} -> b${to} [label="${how}"${back ? ', style=bold' : ''}];`),
    ...(block.ending !== undefined && isInside(block) ? [`  b${i} -> out${i};`, outNode(i, block.ending)] : []),
  ]);
  return ['digraph region {', '  node [shape=box, fontname=monospace];', ...nodes, ...arrows, '}', ''].join('\n');
}
function outNode(i: number, ending: string): string {
  return `  out${i} [label=${quote([ending])}, style=dashed];`;
}
/** Lines, each ended by \l: to the left. */
function quote(lines: readonly string[]): string {
  const escaped = lines.filter(Boolean).map((text) => text.replace(/["\\]/g, '\\$&') + '\\l');
  return `"${escaped.join('')}"`;
}
