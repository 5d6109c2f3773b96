/**
 * Encodes random instructions (SDM 2A chapter 2). Memory operands mostly hit the data pages of layout.ts, by way of
 * registers that programs rarely write; now and then they cross a page, are read-only, absent, or anywhere.
 */
import type { Mode } from '../support/core.ts';
import type { Random } from '../support/random.ts';
import { anyDataAddress } from './layout.ts';
import type { Form } from './forms.ts';

const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => (i < 4 ? value >> (i * 8) : value >> 31) & 0xff);

const ESP = 4;
const POINTERS = [6, 7];
const BASE16 = [4, 5]; // [SI + d], [DI + d]

export class Encoder {
  constructor(
    private readonly random: Random,
    private readonly mode: Mode,
  ) {}

  /** One instruction, with prefixes. */
  encode(form: Form): number[] {
    const { random, mode } = this;
    const prefixes: number[] = [];
    const narrow = !form.byte && random.chance(4);
    if (narrow) prefixes.push(0x66);
    if (form.lock) prefixes.push(0xf0);
    if (form.addressed && random.chance(6)) prefixes.push(0x67);
    if (random.chance(12)) prefixes.push(random.pick([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]));
    const rex = mode === 64 && random.chance(2) ? 0x40 | random.below(16) : 0;
    if (rex) prefixes.push(rex);
    const wide = (rex & 8) !== 0;
    const size = wide ? 8 : (mode === 16) !== narrow ? 2 : 4;
    const opcode = [...form.opcode];
    if (form.plus) opcode.push((opcode.pop() ?? 0) | this.target(form.byte));
    const modrm = form.reg === undefined ? [] : this.modrm(form, rex);
    return [...prefixes, ...opcode, ...modrm, ...this.immediate(form, size)];
  }

  /** A register number that is not often one of those that addresses are made of. */
  private target(byte = false): number {
    const { random } = this;
    return byte || random.chance(12) ? random.below(8) : random.pick([0, 1, 2, 3, 5]);
  }
  private modrm(form: Form, rex: number): number[] {
    const reg = (form.reg === 'any' ? this.target(form.byte) : (form.reg ?? 0)) << 3;
    if (!form.memoryOnly && this.random.chance(2)) return [0xc0 | reg | this.target(form.byte)];
    return this.mode === 16 ? this.memory16(reg) : this.memory32(reg, rex);
  }
  private memory16(reg: number): number[] {
    const { random } = this;
    const disp = random.below(16) - 8;
    switch (random.below(8)) {
      case 0:
        return [reg | 6, ...le(anyDataAddress(random), 2)];
      case 1:
        return [0x40 | reg | random.below(8), disp & 0xff];
      case 2:
        return [0x80 | reg | random.below(8), ...le(disp * 40, 2)];
      case 3:
        return [reg | random.pick(BASE16)];
      default:
        return [0x40 | reg | random.pick(BASE16), disp & 0xff];
    }
  }
  private memory32(reg: number, rex: number): number[] {
    const { random } = this;
    const disp = random.below(16) - 8;
    // With REX.B and REX.X other registers are meant; those of lockstep.ts are of the same kind
    const base = random.pick(POINTERS);
    switch (random.below(8)) {
      case 0:
      case 1: {
        const at = anyDataAddress(random);
        return this.mode === 64 ? [reg | 4, 0x25, ...le(at, 4)] : [reg | 5, ...le(at, 4)];
      }
      case 2:
        return [0x80 | reg | base, ...le(disp * 40, 4)];
      case 3:
        return [0x40 | reg | 4, (random.below(4) << 6) | (3 << 3) | base, disp & 0xff];
      case 4:
        return [0x40 | reg | 4, (random.below(4) << 6) | (ESP << 3) | (rex & 1 ? base : ESP), disp & 0xff];
      case 5:
        return this.anywhere(reg);
      default:
        return [0x40 | reg | base, disp & 0xff];
    }
  }
  private anywhere(reg: number): number[] {
    const { random } = this;
    const mod = random.below(3);
    const rm = random.below(8);
    const sib = rm === 4 ? [random.below(256)] : [];
    const absolute = mod === 0 && (rm === 5 || (sib[0] ?? 0) % 8 === 5);
    const disp = mod === 1 ? le(random.below(256), 1) : mod === 2 || absolute ? le(anyDataAddress(random), 4) : [];
    return [(mod << 6) | reg | rm, ...sib, ...disp];
  }
  private immediate({ immediate }: Form, size: number): number[] {
    const { random, mode } = this;
    const value = random.chance(2) ? random.pick([0, 1, -1, 0x7f, 0x80, 31, 32, 9]) : random.u32();
    switch (immediate) {
      case 'b':
        return le(value, 1);
      case 'w':
        return le(random.below(64), 2);
      case 'z':
        return le(value, Math.min(size, 4));
      case 'v':
        return le(value, size);
      case 'o':
        return le(anyDataAddress(random), mode / 8).map((b, i) => (i < 4 ? b : 0));
      case undefined:
        return [];
    }
  }
}
