/** Runs one vector and says what differs. */
import { decode } from './decode.ts';
import type { FpuMachine } from './machine.ts';
import { DATA_SIZE } from './machine.ts';
import { patternByte, type Vector } from './vectors.ts';

const DATA = 0x200000;
const INTEGER = 1n << 63n;
const STACK = 0x300000;
/** The two data pages, then the stack page. */
const DATA_PAGES = 0x2000;
const pattern = Uint8Array.from({ length: DATA_SIZE }, (_, i) =>
  patternByte(i < DATA_PAGES ? DATA + i : STACK + i - DATA_PAGES),
);

/** Where a linear address lies in the flat memory. */
function flat(address: number): number {
  return address >= STACK ? address - STACK + DATA_PAGES : address - DATA;
}

/** Undefined when the instruction did what the processor did. */
export function check(machine: FpuMachine, vector: Vector): string | undefined {
  const decoded = decode(vector);
  prepare(machine, vector, decoded.operand16);
  const before = Array.from({ length: 8 }, (_, r) => machine.physical(r).slice());
  machine.run(decoded.opcode, decoded.modrm, flat(decoded.address));
  const wrong = [
    ...compareException(machine, vector),
    ...compareWords(machine, vector),
    ...compareStack(machine, vector, before),
    ...compareMemory(machine, vector),
  ];
  return wrong.length ? `${describe(vector)}: ${wrong.join(', ')}` : undefined;
}

function prepare(machine: FpuMachine, vector: Vector, operand16: boolean): void {
  const { initial } = vector;
  machine.clear();
  machine.data.set(pattern);
  machine.control = initial.control ?? 0x37f;
  machine.status = initial.status ?? 0;
  machine.full = initial.full ?? 0;
  for (const [i, bytes] of initial.st) machine.st(i).set(bytes);
  for (const [address, bytes] of initial.memory) machine.data.set(bytes, flat(address));
  machine.core.setFlags(initial.flags ?? 0x202);
  machine.core.setMode(0x33, 0x600, operand16, true, vector.mode === 64);
}

function compareException(machine: FpuMachine, vector: Vector): string[] {
  const expected = vector.exception === 0xff ? -1 : vector.exception;
  const got = machine.core.exceptionVector();
  return got === expected ? [] : [`exception ${got}, not ${expected}`];
}

function compareWords(machine: FpuMachine, vector: Vector): string[] {
  const { initial, final } = vector;
  const rows: [string, number, number, number][] = [
    ['CW', machine.control, final.control ?? initial.control ?? 0x37f, 0xffff],
    ['SW', machine.status, final.status ?? initial.status ?? 0, vector.statusMask],
    ['TW', machine.full, final.full ?? initial.full ?? 0, 0xff],
    ['EFLAGS', machine.core.flagsValue(), final.flags ?? initial.flags ?? 0x202, vector.flagsMask],
    ['AX', machine.core.axValue() & 0xffff, expectedAx(vector), 0xffff],
  ];
  return rows
    .filter(([, got, expected, mask]) => ((got ^ expected) & mask) !== 0)
    .map(([name, got, expected, mask]) => `${name} ${hex(got & mask)}, not ${hex(expected & mask)}`);
}

/** Only FNSTSW AX writes a general register; otherwise the harness reads back 0xFFFF. */
function expectedAx(vector: Vector): number {
  const rax = vector.final.gpr.get(0);
  if (rax !== undefined) return Number(rax & 0xffffn);
  const storesAx = vector.code.at(-2) === 0xdf && vector.code.at(-1) === 0xe0;
  return storesAx ? Number((vector.initial.gpr.get(0) ?? 0n) & 0xffffn) : 0xffff;
}

function compareStack(machine: FpuMachine, vector: Vector, before: Uint8Array[]): string[] {
  const finalTop = ((vector.final.status ?? vector.initial.status ?? 0) >> 11) & 7;
  const wrong: string[] = [];
  for (let i = 0; i < 8; i++) {
    const expected = vector.final.st.get(i) ?? before[(finalTop + i) & 7]!;
    const got = machine.physical(finalTop + i);
    const same = vector.approximate ? close(got, expected) : Buffer.compare(got, expected) === 0;
    if (!same) wrong.push(`ST${i} ${show(got)}, not ${show(expected)}`);
  }
  return wrong;
}

/** Relative difference up to 2^-48; anything but normal numbers must be equal. */
function close(got: Uint8Array, expected: Uint8Array): boolean {
  const [gotSe, gotSig] = words(got),
    [se, sig] = words(expected);
  if (gotSe === se && gotSig === sig) return true;
  if ((gotSe ^ se) & 0x8000 || gotSig < INTEGER || sig < INTEGER || (se & 0x7fff) === 0x7fff) return false;
  const scale = gotSe - se;
  if (Math.abs(scale) > 1) return false;
  const difference = (gotSig << BigInt(scale + 1)) - (sig << 1n);
  return (difference < 0n ? -difference : difference) < 1n << 17n;
}

function compareMemory(machine: FpuMachine, vector: Vector): string[] {
  const expected = pattern.slice();
  for (const [address, bytes] of [...vector.initial.memory, ...vector.final.memory]) expected.set(bytes, flat(address));
  if (Buffer.compare(machine.data, expected) === 0) return [];
  const at = expected.findIndex((byte, i) => byte !== machine.data[i]);
  const part = (bytes: Uint8Array) => Buffer.from(bytes.subarray(at, at + 10)).toString('hex');
  return [`memory ${hex(at)}: ${part(machine.data)}, not ${part(expected)}`];
}

function words(bytes: Uint8Array): [number, bigint] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 10);
  return [view.getUint16(8, true), view.getBigUint64(0, true)];
}

function show(bytes: Uint8Array): string {
  const [se, sig] = words(bytes);
  return `${se.toString(16)}:${sig.toString(16).padStart(16, '0')}`;
}

function hex(value: number): string {
  return value.toString(16);
}

function describe(vector: Vector): string {
  const { initial } = vector;
  const stack = [...initial.st].map(([i, bytes]) => `ST${i}=${show(bytes)}`).join(' ');
  const memory = initial.memory.map(([, bytes]) => Buffer.from(bytes).toString('hex')).join(' ');
  return (
    `${vector.mode}: ${vector.code.toString('hex')} CW=${hex(initial.control ?? 0x37f)} SW=${hex(initial.status ?? 0)} ` +
    `TW=${hex(initial.full ?? 0)} ${stack} [${memory}]`
  );
}
