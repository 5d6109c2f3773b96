/**
 * What random instructions rarely do by themselves: code that writes code, repeated string instructions, ports and
 * time, flags as a word, segment registers, page tables. Items are encoded for the size of the code.
 */
import type { Random } from '../support/random.ts';
import { le } from './assemble.ts';
import { Sel } from './handlers.ts';
import { ALIAS, CODE, DATA, dataAddress, PAGE, SLOT_COUNT, SLOTS, STACK, TABLES } from './layout.ts';
import { type Bits, bitsOf, type Item, type Program } from './program.ts';

const SS = 0x36;
const AX = 0;
const CX = 1;
const SI = 6;
const DI = 7;

export class Specials {
  private readonly bits: Bits;
  private labels = 0;
  /** Items whose bytes can be written over. */
  private readonly targets: string[] = [];

  constructor(
    private readonly random: Random,
    private readonly program: Program,
  ) {
    this.bits = bitsOf(program.mode);
  }

  /** Any of them. */
  any(): Item[] {
    const { random, program } = this;
    const io = program.cpl === 0 || (program.eflags & 0x3000) !== 0 || random.chance(8);
    const all: (() => Item[])[] = [
      () => this.patchable(),
      () => this.patchable(),
      () => this.patch(),
      () => this.patch(),
      () => this.strings(),
      () => this.strings(),
      () => this.overCode(),
      () => this.flagsWord(),
      () => this.flagsWord(),
      () => this.loadSegment(),
      () => this.pointers(),
      () => this.pointers(),
      () => [item('int 30h', [0xcd, 0x30])],
      () => this.float(),
      () => this.float(),
      () => this.slot(),
    ];
    if (io)
      all.push(
        () => this.port(),
        () => this.port(),
        () => this.interrupts(),
      );
    if (program.cpl === 0)
      all.push(
        () => this.paging(),
        () => this.paging(),
      );
    else all.push(() => [item('rdtsc', [0x0f, 0x31])]);
    return random.pick(all)();
  }

  /** ModRM and address of an absolute address; the address is at the end. */
  private absolute(reg: number): number[] {
    if (this.bits === 16) return [(reg << 3) | 6];
    return this.bits === 32 ? [(reg << 3) | 5] : [(reg << 3) | 4, 0x25];
  }
  /** Of addresses. */
  private get width(): number {
    return this.bits === 16 ? 2 : 4;
  }
  /** An instruction with an absolute operand in the stack segment, which is flat. */
  at(name: string, opcode: number[], reg: number, address: number, after: number[] = []): Item {
    const before = this.bits === 64 ? opcode : [SS, ...opcode];
    return item(name, [...before, ...this.absolute(reg), ...le(address, this.width), ...after]);
  }
  private atLabel(name: string, opcode: number[], reg: number, to: string, plus: number, after: number[] = []): Item {
    const made = this.at(name, opcode, reg, 0, after);
    const at = made.bytes.length - this.width - after.length;
    return { ...made, fix: { at, size: this.width, to, plus } };
  }
  /** mov reg, imm; of the natural size, 32 bits in 64-bit code. */
  load(reg: number, value: number): Item {
    return item(`mov r${reg}, ${value.toString(16)}`, [0xb8 | reg, ...le(value, this.width)]);
  }
  private loadLabel(reg: number, to: string, plus: number): Item {
    return { ...this.load(reg, 0), fix: { at: 1, size: this.width, to, plus } };
  }

  // ---- code that writes code ----
  /** An instruction that others write into: an immediate operand or an opcode. */
  private patchable(): Item[] {
    const { random } = this;
    const label = `p${this.labels++}`;
    this.targets.push(label);
    const reg = random.pick([0, 1, 2, 3, 5]);
    const bytes = random.pick([
      [0xb8 | reg, ...le(random.u32(), this.width)],
      [0x83, 0xc0 | reg, random.below(256)],
      [0x90, 0x90, 0x90],
      [0x0f, 0x90 | random.below(16), 0xc0 | random.below(4)],
      [0xeb, 0, 0x90, 0x90],
    ]);
    return [{ ...item('patchable', bytes), label }];
  }
  private target(): string {
    return this.targets.length ? this.random.pick(this.targets) : 'b0';
  }
  private offset(): number {
    const { random, program } = this;
    // The second view of the code, as far as it goes
    return random.below(6) + (program.paging && random.chance(2) ? ALIAS - CODE : 0);
  }
  private patch(): Item[] {
    const { random } = this;
    const to = this.target();
    const plus = this.offset();
    const value = random.pick([0x90, 0x40, 0x48, 0, 1, 0xc3, 0xf8, random.below(256)]);
    switch (random.below(6)) {
      case 0:
        return [this.atLabel('inc byte', [0xfe], 0, to, plus)];
      case 1:
        return [this.atLabel('mov byte, al', [0x88], AX, to, plus)];
      case 2:
        return [this.atLabel('xor dword', [0x81], 6, to, plus, le(random.below(4), this.bits === 16 ? 2 : 4))];
      case 3:
        // The same again
        return [this.atLabel('mov cl, byte', [0x8a], CX, to, plus), this.atLabel('mov byte, cl', [0x88], CX, to, plus)];
      case 4: {
        // The very next instruction
        const label = `p${this.labels++}`;
        const next = { ...item('patched at once', [0xb0 | random.below(4), random.below(256)]), label };
        return [this.atLabel('inc byte of the next', [0xfe], 0, label, 1), next];
      }
      default:
        return [this.atLabel('mov byte', [0xc6], 0, to, plus, [value])];
    }
  }
  /** A repeated store or copy into code. */
  private overCode(): Item[] {
    const { random } = this;
    const to = this.target();
    const count = random.below(6);
    if (random.chance(2)) {
      const al = item('mov al', [0xb0, random.pick([0x90, 0x40, 0xf8])]);
      return [this.loadLabel(DI, to, this.offset()), this.load(CX, count), al, item('rep stosb', [0xf3, 0xaa])];
    }
    const [from, into] = [this.loadLabel(SI, to, random.below(2)), this.loadLabel(DI, to, this.offset())];
    return [from, into, this.load(CX, count), item('rep movsb', [0xf3, 0xa4])];
  }

  // ---- strings, pointers ----
  private strings(): Item[] {
    const { random } = this;
    const opcode = random.pick([0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xa6, 0xa7, 0xae, 0xaf]);
    const prefix = random.pick([0xf3, 0xf3, 0xf2]);
    const items = [item(`rep ${opcode.toString(16)}`, [prefix, opcode])];
    if (random.chance(4)) items.unshift(item('std', [0xfd]));
    if (!random.chance(4)) items.unshift(this.load(CX, random.pick([0, 1, 3, 20, 300, 2000])));
    if (random.chance(2)) items.unshift(...this.pointers());
    if (random.chance(2)) items.push(item('cld', [0xfc]));
    return items;
  }
  pointers(): Item[] {
    const { random } = this;
    return [this.load(SI, dataAddress(random)), this.load(DI, dataAddress(random))];
  }
  private slot(): Item[] {
    return [this.at('add byte [slot]', [0x80], 0, this.anySlot(), [this.random.below(9)])];
  }
  anySlot(): number {
    return SLOTS + this.random.below(SLOT_COUNT);
  }

  // ---- ports, time, flags ----
  private port(): Item[] {
    const { random } = this;
    return random.pick([
      [item('in al, 40h', [0xe4, 0x40])],
      [item('in al, 61h', [0xe4, 0x61])],
      [item('out 80h, al', [0xe6, 0x80])],
      [item('rdtsc', [0x0f, 0x31])],
      [item('in al, 20h', [0xe4, 0x20])],
      [item('mov dx, 3f8h', this.bits === 16 ? [0xba, 0xfd, 3] : [0x66, 0xba, 0xfd, 3]), item('in al, dx', [0xec])],
    ]);
  }
  private interrupts(): Item[] {
    const { random } = this;
    const some = [random.pick([0xfa, 0xfb]), ...(random.chance(2) ? [0x90] : []), ...(random.chance(4) ? [0xfa] : [])];
    return [item('cli or sti', some)];
  }
  private flagsWord(): Item[] {
    const { random } = this;
    const trap = random.chance(12) ? 0x100 : 0;
    const value = (random.u32() & 0xcd5) | 2 | trap | (this.program.eflags & 0x3200);
    switch (random.below(4)) {
      case 0:
        return [item('pushf', [0x9c]), item('pop', [0x58 | random.pick([0, 1, 2, 3])])];
      case 1:
        return [item('pushf', [0x9c]), item('popf', [0x9d])];
      case 2:
        return [item('lahf', [0x9f]), item('sahf', [0x9e])];
      default:
        return [item('push', [0x68, ...le(value, this.width)]), item('popf', [0x9d])];
    }
  }
  private float(): Item[] {
    const { random } = this;
    const opcode = 0xd8 | random.below(8);
    if (random.chance(2)) return [item('x87', [opcode, 0xc0 | random.below(64)])];
    return [
      item('x87 with memory', [opcode, ...this.absolute(random.below(8)), ...le(dataAddress(random), this.width)]),
    ];
  }
  private loadSegment(): Item[] {
    const { random, program } = this;
    const register = random.pick([0, 3, 3, 4, 5]);
    const selectors = program.mode === 'real' ? [0, 0, 2, 0x7f] : [Sel.data, Sel.data, Sel.low, Sel.down, Sel.high];
    const selector = random.pick(selectors) | (program.mode === 'real' ? 0 : program.cpl);
    return [this.load(CX, selector), item(`mov s${register}, cx`, [0x8e, 0xc1 | (register << 3)])];
  }

  // ---- page tables ----
  private paging(): Item[] {
    const { random, program } = this;
    if (!program.paging || program.mode === 'real') return [item('wbinvd', [0x0f, 0x09])];
    const entry = program.mode === 'long' ? 8 : 4;
    const table = TABLES + (program.mode === 'long' ? 3 : 1) * PAGE;
    const linear = random.pick([CODE, CODE + PAGE, ALIAS, DATA, DATA + PAGE, 0x7000, 0xd000]);
    const at = table + (linear / PAGE) * entry;
    const bits = random.pick([2, 2, 1, 0x1000, 0x20, 0x40, 4]);
    const flush = random.chance(3) ? this.reloadCr3() : [this.invalidate(linear)];
    const toggle = this.at32('xor dword [pte]', [0x81], 6, at, le(bits, 4));
    if (random.chance(2)) return [toggle, ...flush];
    // There and back
    return [toggle, ...flush, this.at32('xor dword [pte]', [0x81], 6, at, le(bits, 4)), ...flush];
  }
  /** With operands and addresses of 32 bits in 16-bit code, too. */
  private at32(name: string, opcode: number[], reg: number, address: number, after: number[]): Item {
    const before = this.bits === 64 ? [] : this.bits === 32 ? [SS] : [SS, 0x66, 0x67];
    const operand = this.bits === 64 ? [(reg << 3) | 4, 0x25] : [(reg << 3) | 5];
    return item(name, [...before, ...opcode, ...operand, ...le(address, 4), ...after]);
  }
  private invalidate(linear: number): Item {
    return this.at('invlpg', [0x0f, 0x01], 7, linear);
  }
  private reloadCr3(): Item[] {
    return [item('mov eax, cr3', [0x0f, 0x20, 0xd8]), item('mov cr3, eax', [0x0f, 0x22, 0xd8])];
  }

  // ---- set-up ----
  /** Programs the interrupt controller and the timer: an interrupt each `ticks` of 838 ns. */
  timer(ticks: number): Item[] {
    const out = (port: number, value: number): Item =>
      item(`out ${port.toString(16)}`, [0xb0, value & 0xff, 0xe6, port]);
    const controller = [out(0x20, 0x11), out(0x21, 0x20), out(0x21, 4), out(0x21, 1), out(0x21, 0xfe)];
    return [...controller, out(0x43, 0x34), out(0x40, ticks), out(0x40, ticks >> 8)];
  }
  /** The stack as at the beginning. */
  freshStack(): Item {
    return this.load(4, STACK);
  }
}
export function item(name: string, bytes: number[]): Item {
  return { name, bytes };
}
