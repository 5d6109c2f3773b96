/** What an instruction does, as the decode tree tells when it runs without effect (interpreter/length.ts). */
import { SURVEY } from '../layout';
import { MEMORY } from '../cpu/operand';
import { Transfer } from '../cpu/shortcuts';
import { Gpr } from '../cpu/state';
import { Imm, Mem, Reg } from '../isa/kinds';

/** Where control goes after an instruction. */
export namespace Control {
  export const Next: u32 = 0;
  export const Jump: u32 = 1;
  export const Branch: u32 = 2;
  /** To an address that only the data knows; Return: mostly one that a call has pushed. */
  export const Indirect: u32 = 3;
  export const Return: u32 = 4;
  /** The instruction is not defined. */
  export const Undefined: u32 = 5;
}


@unmanaged
export class Survey {
  target: u64;
  control: u32;
  /** It is a call: it pushes the address of the next instruction. */
  call: u32;
  /** Registers, a bit each; without those of instructions that only the interpreter has. */
  read: u32;
  written: u32;
  /** Only the interpreter has it. */
  interpreted: u32;
  /** It accesses memory. */
  fails: u32;
  /** It needs flags from before. */
  readsFlags: u32;
  /** It changes some; it sets all of them, whatever happens. */
  changesFlags: u32;
  setsFlags: u32;
}
const SURVEY_SIZE: usize = 48;
/** Of the instruction that was read last. */
export const survey: Survey = changetype<Survey>(SURVEY);
/** Conditions that are open in the running body. */
let depth: u32 = 0;

export function beginSurvey(): void {
  depth = 0;
  memory.fill(changetype<usize>(survey), 0, SURVEY_SIZE);
}
export function beginCondition(): void {
  depth++;
}
export function endCondition(): void {
  depth--;
}

export function readRegister(o: u32): void {
  survey.read |= 1 << (o >> 3);
}
export function writeRegister(o: u32): void {
  survey.written |= 1 << (o >> 3);
}
/** Is operand `o` of kind O a register? */
function isRegister<O>(o: u32): bool {
  return changetype<O>(0) instanceof Reg || (!(changetype<O>(0) instanceof Mem) && o < MEMORY);
}
export function readOperand<O>(o: u32): void {
  if (changetype<O>(0) instanceof Imm) return;
  if (isRegister<O>(o)) readRegister(o);
  else survey.fails = 1;
}
export function writeOperand<O>(o: u32): void {
  if (isRegister<O>(o)) writeRegister(o);
  else survey.fails = 1;
}

export function readFlags(): void {
  if (!survey.setsFlags) survey.readsFlags = 1;
}
export function changeFlags(): void {
  survey.changesFlags = 1;
}
export function setFlags(): void {
  survey.changesFlags = 1;
  if (!depth) survey.setsFlags = 1;
}
/** An interrupt is like a call through a pointer, and IRET its return. */
export function noteTransfer(which: u32): void {
  survey.fails = 1;
  writeRegister(Gpr.RSP << 3);
  if (which == Transfer.Sysexit) {
    readRegister(Gpr.RCX << 3);
    readRegister(Gpr.RDX << 3);
  }
  readFlags();
  if (which == Transfer.Iret) changeFlags();
  survey.control = which == Transfer.Iret ? Control.Return : Control.Indirect;
  survey.call = <u32>(which < Transfer.Iret);
}
