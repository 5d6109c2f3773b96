/**
 * Runs MOO tests on the core in real mode: registers and memory set, executed from CS:IP to HLT inclusive, compared.
 * The recorded tests come from an 80286; what a later processor does differently on purpose is masked or left out.
 */
import { type Core, Status } from './core.ts';
import type { MooRegister, MooState, MooTest } from './moo.ts';
import { CR0, enterReal } from './setup.ts';

export const MOO_RAM = 0x200000;
const BUDGET = 200_000;
/** Not RAM in a PC, and the tests use all of memory. */
const VIDEO = 0xa0000;
const VIDEO_END = 0xc0000;
/** NT and IOPL: the 286 shows them as zero in real mode, bit 15 differs again. */
const FLAGS_286 = 0x0fff;
const LOCK = 0xf0;
const LIMIT_286 = 10;

const OVERRUN = 13;
const STACK_OVERRUN = 12;
const STRING_OPCODES = new Set([0x6c, 0x6d, 0x6e, 0x6f, 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf]);

/** Numbers of the general registers as the core orders them. */
const GPR = { AX: 0, CX: 1, DX: 2, BX: 3, SP: 4, BP: 5, SI: 6, DI: 7 } as const;
const SEGMENT = { ES: 0, CS: 1, SS: 2, DS: 3 } as const;

const hex = (value: number): string => `0x${value.toString(16)}`;

/** Why the test says nothing about a 386 or later in a PC, or undefined. */
export function notApplicable(test: MooTest): string | undefined {
  const touched = [...test.init.memory, ...test.final.memory];
  if (touched.some(([address]) => address >= VIDEO && address < VIDEO_END)) return 'uses the video window as RAM';
  const prefixes = test.code.subarray(0, prefixLength(test.code));
  if (prefixes.includes(LOCK)) return 'LOCK where a 386 raises #UD';
  if (test.code.length - 1 > LIMIT_286) return 'longer than the ten bytes of the 286';
  const opcode = test.code[prefixes.length] ?? 0;
  if (test.exception?.vector === OVERRUN && STRING_OPCODES.has(opcode)) {
    return 'a 286 has advanced SI, DI and CX when a string instruction overruns its segment';
  }
  return undefined;
}
function prefixLength(code: Uint8Array): number {
  const isPrefix = (byte: number): boolean => [0x26, 0x2e, 0x36, 0x3e, LOCK, 0xf2, 0xf3].includes(byte);
  const end = code.findIndex((byte) => !isPrefix(byte));
  return end < 0 ? code.length : end;
}

export class MooRunner {
  constructor(
    private readonly core: Core,
    private readonly translates = false,
  ) {
    // Port reads answer FFh on the recorder, as on a PC without devices
    core.detachPorts();
  }

  /** Runs one test; `flagsMask` holds the defined flags. Returns what differs. */
  run(test: MooTest, flagsMask: number): string[] {
    const { core } = this;
    for (const [address, value] of test.init.memory) core.ram[address] = value;
    // A segment overrun of the stack is exception 12 from the 386 on
    if (test.exception?.vector === OVERRUN) core.ram.copyWithin(STACK_OVERRUN * 4, OVERRUN * 4, OVERRUN * 4 + 4);
    this.load(test.init.registers);
    // An exception is the interpreter's to deliver, in `run`
    if (this.translates && core.translate()) core.exports.stepTranslated();
    const status = core.exports.run(0, BUDGET);
    const differences =
      status === Status.Idle || status === Status.Halted
        ? this.compare(test, flagsMask & FLAGS_286)
        : [`run ended with status ${status} instead of HLT`];
    for (const [address] of [...test.init.memory, ...test.final.memory]) core.ram[address] = 0;
    core.ram.fill(0, STACK_OVERRUN * 4, STACK_OVERRUN * 4 + 4);
    return differences;
  }

  /** After all tests: an address that they do not name and that is not zero any more. */
  strayWrite(): number | undefined {
    const at = this.core.ram.findIndex((byte) => byte !== 0);
    if (at < 0) return undefined;
    this.core.ram.fill(0);
    return at;
  }

  private load(registers: MooState['registers']): void {
    const { core } = this;
    enterReal(core, registers);
    core.setState('S_CR0', CR0.ET);
    for (const [name, index] of Object.entries(GPR)) core.setGpr(index, BigInt(registers[name as MooRegister] ?? 0));
    core.rip = registers.IP ?? 0;
    core.exports.setEflags(((registers.FLAGS ?? 0) & FLAGS_286) | 2);
    core.exports.refresh();
  }

  private register(name: MooRegister): number {
    const { core } = this;
    if (name in GPR) return Number(core.gpr(GPR[name as keyof typeof GPR]) & 0xffffn);
    if (name in SEGMENT) return core.segment(SEGMENT[name as keyof typeof SEGMENT]).selector;
    return name === 'IP' ? Number(core.rip) : core.exports.eflags();
  }

  private compare(test: MooTest, flagsMask: number): string[] {
    const out: string[] = [];
    const want = { ...test.init.registers, ...test.final.registers };
    for (const [name, value] of Object.entries(want)) {
      const mask = name === 'FLAGS' ? flagsMask : 0xffff;
      const got = this.register(name as MooRegister);
      if ((got & mask) !== (value & mask)) out.push(`${name} expected ${hex(value & mask)}, got ${hex(got & mask)}`);
    }
    const masks = pushedFlags(test, flagsMask);
    for (const [address, value] of new Map([...test.init.memory, ...test.final.memory])) {
      const mask = masks.get(address) ?? 0xff;
      const got = this.core.ram[address] ?? 0;
      if ((got & mask) !== (value & mask)) out.push(`[${hex(address)}] expected ${hex(value)}, got ${hex(got)}`);
    }
    return out;
  }
}

/** Masks of the memory bytes that hold an image of FLAGS. EXCP has the address too, but rounded down to even. */
function pushedFlags(test: MooTest, flagsMask: number): Map<number, number> {
  const { SS = 0, SP = 0 } = { ...test.init.registers, ...test.final.registers };
  const pushf = test.code[prefixLength(test.code)] === 0x9c;
  if (!test.exception && !pushf) return new Map<number, number>();
  const at = SS * 16 + ((SP + (test.exception ? 4 : 0)) & 0xffff);
  return new Map([
    [at, flagsMask & 0xff],
    [at + 1, flagsMask >> 8],
  ]);
}
