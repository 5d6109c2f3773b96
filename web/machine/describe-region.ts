/** A region of translated code in one line, for people and for grep. */
import type { CodeMode, Region } from './types.ts';

const hex = (value: bigint): string => '0x' + value.toString(16);
const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** A region as one line of text. */
export function describeRegion(region: Region): string {
  const { linear, physical, mode, bytes, pages } = region;
  const parts = [
    `region ${hex(linear)}`,
    `physical ${hex(physical)}`,
    describeMode(mode),
    contents(region),
    bytes ? `${bytes} bytes of Wasm` : 'refused: the Wasm code is too large',
    `${pages.length === 1 ? 'page' : 'pages'} ${pages.map(hex).join(' ')}`,
    `ends: ${describeEndings(region)}`,
  ];
  return parts.join(', ');
}
/** 32-bit supervisor flat */
export function describeMode({ bits, stackBits, user, flat }: CodeMode): string {
  const segments = flat.length === 4 ? 'flat' : flat.length ? `flat ${flat.join('+')}` : 'segmented';
  const stack = bits === stackBits ? '' : ` ${stackBits}-bit stack`;
  return `${bits}-bit ${user ? 'user' : 'supervisor'} ${segments}${stack}`;
}
function contents({ blocks, loops, calls, instructions }: Region): string {
  const parts = [plural(blocks, 'block'), plural(instructions, 'instruction')];
  if (loops) parts.push(plural(loops, 'loop'));
  if (calls) parts.push(`${plural(calls, 'call')} within`);
  return parts.join(', ');
}
/** indirect 2, limit 1 */
export function describeEndings({ endings }: Region): string {
  const parts = Object.entries(endings).map(([name, count]) => `${name} ${count}`);
  return parts.join(', ') || 'never';
}
