/**
 * Random programs: blocks of random instructions, and control flow of every kind between them. They run for as long as
 * they are let; nothing that they do is wrong.
 */
import { Random } from '../support/random.ts';
import { jump, le } from './assemble.ts';
import { Encoder } from './encoder.ts';
import { COMPARISONS, CONDITIONAL, DIVIDENDS, DIVISIONS, type Form, INTERPRETED, STRAIGHT } from './forms.ts';
import { PAGE, PHYSICAL, SLOTS, TABLE, TABLE_SIZE } from './layout.ts';
import { type Bits, bitsOf, type Block, type Item, type Mode, type Program } from './program.ts';
import { item, Specials } from './specials.ts';

const MODES: readonly Mode[] = ['protected32', 'protected32', 'long', 'long', 'protected16', 'real'];
const EDGES = [0n, 1n, 0xffn, 0x80n, 0x7fn, 0x8000n, 0x80000000n, 0x7fffffffn, 0xffffffffn, 2n ** 64n - 1n];
const IF = 0x200;
const IOPL = 0x3000;
const AC = 1 << 18;
const SS = 0x36;

export function generate(seed: number): Program {
  return new Generator(new Random(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995)).program();
}
/** Pairs of instructions that are rare by chance. */
function inMode(forms: readonly Form[], bits: Bits): Form[] {
  return forms.filter(({ modes }) => !modes || modes.includes(bits));
}

class Generator {
  private readonly program_: Program;
  private readonly bits: Bits;
  private readonly encoder: Encoder;
  private readonly specials: Specials;
  private readonly forms: Record<'straight' | 'comparisons' | 'dividends' | 'interpreted', Form[]>;
  /** One in so many items is special. */
  private readonly rarity: number;

  constructor(private readonly random: Random) {
    this.program_ = situation(random);
    this.bits = bitsOf(this.program_.mode);
    this.encoder = new Encoder(random, this.bits);
    this.specials = new Specials(random, this.program_);
    this.rarity = random.pick([3, 6, 12, 1000]);
    this.forms = {
      straight: inMode(STRAIGHT, this.bits),
      comparisons: inMode(COMPARISONS, this.bits),
      dividends: inMode(DIVIDENDS, this.bits),
      interpreted: inMode(INTERPRETED, this.bits),
    };
  }

  program(): Program {
    const { random, program_: program } = this;
    const count = 2 + random.below(random.pick([4, 12, 24]));
    const labels = Array.from({ length: count }, (_, i) => `b${i}`);
    program.blocks = labels.map((label) => this.block(label, labels));
    const [first] = program.blocks;
    if (program.timer) first?.items.unshift(...this.specials.timer(program.timer));
    program.table = Array.from({ length: TABLE_SIZE }, () => random.pick(labels));
    const calls = 6 + random.below(10);
    // Below a threshold of zero, modules wait for 10,000 instructions
    const long = program.threshold ? 20_000 : 1 + random.below(5000);
    const sizes = [1, 7, 100, 500, 1000, 1 + random.below(2000), long];
    program.chunks = Array.from({ length: calls }, () => random.pick(sizes));
    program.kicks = program.chunks.map(() => (random.chance(3) ? -1 : random.below(TABLE_SIZE)));
    return program;
  }

  // ---- blocks ----
  private block(label: string, labels: readonly string[]): Block {
    const { random } = this;
    const length = random.below(random.pick([2, 5, 12]));
    const items = Array.from({ length }, () => this.body()).flat();
    const at = random.chance(12) ? { at: random.pick([0, PAGE - 1 - random.below(24), random.below(PAGE)]) } : {};
    return { label, ...at, items: [...items, ...this.terminator(label, labels)] };
  }
  private body(): Item[] {
    const { random, forms } = this;
    if (random.chance(this.rarity)) return this.specials.any();
    if (random.chance(24)) return [this.encode(random.pick(forms.interpreted))];
    if (random.chance(24)) return [this.encode(random.pick(forms.dividends)), this.encode(random.pick(DIVISIONS))];
    if (random.chance(4)) return [this.encode(random.pick(forms.comparisons)), this.encode(random.pick(CONDITIONAL))];
    return [this.encode(random.pick(forms.straight))];
  }
  private encode(form: Form): Item {
    return item(form.name, this.encoder.encode(form));
  }

  // ---- control flow ----
  private terminator(label: string, labels: readonly string[]): Item[] {
    const { random } = this;
    const any = random.pick(labels);
    const all: (() => Item[])[] = [
      () => [],
      () => [this.branch(any)],
      () => [this.branch(any)],
      () => [this.encode(random.pick(this.forms.comparisons)), this.branch(any)],
      () => [this.encode(random.pick(this.forms.comparisons)), this.branch(any)],
      () => [jump([0xe9], any, this.bits, [0xeb])],
      () => [jump([0xe8], any, this.bits)],
      () => [jump([0xe8], any, this.bits)],
      () => [item('ret', [0xc3])],
      () => [item('ret', [0xc3])],
      () => this.counted(random.chance(2) ? label : any),
      () => this.counted(random.chance(2) ? label : any),
      () => this.loop(random.chance(2) ? label : any),
      () => this.indirect(),
      () => this.indirect(),
      () => this.elsewhere(any),
      () => this.recursion(label),
      () => this.far(any),
    ];
    return random.pick(all)();
  }
  private branch(to: string): Item {
    const condition = this.random.below(16);
    return jump([0x0f, 0x80 | condition], to, this.bits, [0x70 | condition]);
  }
  /** As often as a counter in memory says, or a register. */
  private counted(to: string): Item[] {
    const { random, specials } = this;
    const back = jump([0x0f, 0x85], to, this.bits, [0x75]);
    if (!random.chance(3)) return [specials.at('dec byte [slot]', [0xfe], 1, specials.anySlot()), back];
    return [item('dec cl', [0xfe, 0xc9]), back];
  }
  private loop(to: string): Item[] {
    const opcode = this.random.pick([0xe0, 0xe1, 0xe2, 0xe2, 0xe3]);
    const over = this.bits === 16 ? 3 : 5;
    const few = item('and cx, 1fh', [0x83, 0xe1, 0x1f]);
    const looping = jump([opcode, 2, 0xeb, over, 0xe9], to, this.bits, [opcode]);
    return this.random.chance(4) ? [looping] : [few, looping];
  }
  /** Through TABLE. */
  private indirect(): Item[] {
    const { random, bits } = this;
    const reg = random.pick([4, 4, 2]) << 3;
    const masked = item('and bx, 0fh', [0x83, 0xe3, TABLE_SIZE - 1]);
    if (bits === 16)
      return [masked, item('shl bx, 2', [0xc1, 0xe3, 2]), item('jump', [SS, 0xff, 0x87 | reg, ...le(TABLE, 2)])];
    const scaled = [0xff, 0x04 | reg, bits === 32 ? 0x9d : 0xdd, ...le(TABLE, 4)];
    return [masked, item('jump', bits === 32 ? [SS, ...scaled] : scaled)];
  }
  /** A return to where no call was made, or not to its next instruction. */
  private elsewhere(to: string): Item[] {
    const { random, bits } = this;
    const size = bits === 16 ? 2 : 4;
    const pushed: Item = { name: 'push', bytes: [0x68, ...le(0, size)], fix: { at: 1, size, to } };
    if (random.chance(2))
      return [pushed, item('ret', random.chance(3) ? [0xc2, ...le(random.below(3) * 8, 2)] : [0xc3])];
    if (random.chance(2)) return [pushed, item('pop ax', [0x58]), item('jmp ax', [0xff, 0xe0])];
    // The return address, dropped
    return [item('add sp', [...(bits === 64 ? [0x48] : []), 0x83, 0xc4, bits / 8])];
  }
  private recursion(label: string): Item[] {
    const { specials, random } = this;
    const down = specials.at('dec byte [slot]', [0xfe], 1, SLOTS + random.below(8));
    const over = this.bits === 16 ? 3 : 5;
    return [down, item('jz', [0x74, over]), jump([0xe8], label, this.bits), item('ret', [0xc3])];
  }
  /** IRET to the same level; the stack's addresses as they are. */
  private far(to: string): Item[] {
    const { bits } = this;
    if (bits === 64) return [item('ret', [0xc3])];
    const size = bits === 16 ? 2 : 4;
    const pushed: Item = { name: 'push', bytes: [0x68, ...le(0, size)], fix: { at: 1, size, to } };
    const frame = [item('push cs', [0x0e]), pushed];
    return this.random.chance(2)
      ? [item('pushf', [0x9c]), ...frame, item('iret', [0xcf])]
      : [...frame, item('retf', [0xcb])];
  }
}

function situation(random: Random): Program {
  const mode = random.pick(MODES);
  const cpl = mode === 'real' || random.chance(2) ? 0 : 3;
  const eflags = 2 | (random.chance(2) ? IF : 0) | (random.chance(2) ? IOPL : 0) | (random.chance(12) ? AC : 0);
  const timed = (eflags & IF) !== 0 && (cpl === 0 || (eflags & IOPL) !== 0) && random.chance(2);
  const start = random.chance(2) ? PAGE - random.below(PAGE / 8) : random.below(2 * PAGE);
  return {
    mode,
    cpl,
    paging: mode === 'long' || (mode !== 'real' && !random.chance(3)),
    segmented: random.chance(3),
    limitedCode: random.chance(3),
    writableCode: random.chance(2),
    eflags,
    timer: timed ? random.pick([3, 5, 10, 40]) : 0,
    start,
    physical: pages(random),
    data: random.u32(),
    registers: registers(random, bitsOf(mode)),
    blocks: [],
    table: [],
    chunks: [],
    kicks: [],
    threshold: random.chance(8) ? random.pick([1, 2, 10]) : 0,
    switches: {},
  };
}
/** Four different physical pages; sometimes neighbours. */
function pages(random: Random): number[] {
  const all = Array.from({ length: PHYSICAL.count }, (_, i) => PHYSICAL.first + i);
  if (random.chance(4)) return all.slice(0, 4);
  return Array.from({ length: 4 }, () => all.splice(random.below(all.length), 1)[0] ?? PHYSICAL.first);
}
function registers(random: Random, bits: Bits): string[] {
  return Array.from({ length: 16 }, (_, r) => {
    if (bits !== 64 && r >= 8) return '0';
    if ((r & 7) >= 5) return (0x8000 + random.below(0x3000)).toString(16);
    const value = random.chance(2) ? random.pick(EDGES) : random.u64();
    return BigInt.asUintN(bits === 64 ? 64 : 32, value).toString(16);
  });
}
