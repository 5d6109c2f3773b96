/** The standalone x87 as a test sees it: load a state, run one instruction, read the state. */
import type { FpuExports } from './build.ts';

export const DATA_SIZE = 0x3000;
/** Register values as sign/exponent and significand. */
export type Value = readonly [se: number, sig: bigint];

/** Layout of the state, as in assembly/fpu/state.ts. */
const CONTROL = 128,
  STATUS = 132,
  FULL = 136,
  OPCODE = 140,
  MXCSR = 168,
  XMM = 256,
  XMM_STRIDE = 32;

export class FpuMachine {
  readonly view: DataView;
  readonly data: Uint8Array;
  readonly memory: DataView;
  readonly #base: number;

  constructor(readonly core: FpuExports) {
    this.view = new DataView(core.memory.buffer);
    this.#base = core.fpuBase.value;
    this.data = new Uint8Array(core.memory.buffer, core.memoryBase.value, DATA_SIZE);
    this.memory = new DataView(core.memory.buffer, core.memoryBase.value, DATA_SIZE);
  }

  get control(): number {
    return this.#get(CONTROL);
  }
  set control(value: number) {
    this.#set(CONTROL, value);
  }
  get status(): number {
    return this.#get(STATUS);
  }
  set status(value: number) {
    this.#set(STATUS, value);
  }
  /** Abridged tag word: one bit per physical register that is not empty. */
  get full(): number {
    return this.#get(FULL);
  }
  set full(value: number) {
    this.#set(FULL, value);
  }
  get opcode(): number {
    return this.#get(OPCODE);
  }
  get mxcsr(): number {
    return this.#get(MXCSR);
  }
  set mxcsr(value: number) {
    this.#set(MXCSR, value);
  }
  get top(): number {
    return (this.status >> 11) & 7;
  }

  /** The ten bytes of a physical register. */
  physical(r: number): Uint8Array {
    return new Uint8Array(this.view.buffer, this.#base + (r & 7) * 16, 10);
  }
  st(i: number): Uint8Array {
    return this.physical(this.top + i);
  }
  xmm(i: number): Uint8Array {
    return new Uint8Array(this.view.buffer, this.#base + XMM + i * XMM_STRIDE, 16);
  }
  value(i: number): Value {
    const at = this.#register(i);
    return [this.view.getUint16(at + 8, true), this.view.getBigUint64(at, true)];
  }
  /** Sets ST(i) and marks it as not empty. */
  setValue(i: number, [se, sig]: Value): void {
    const at = this.#register(i);
    this.view.setBigUint64(at, sig, true);
    this.view.setUint16(at + 8, se, true);
    this.full |= 1 << ((this.top + i) & 7);
  }

  /** As after FNINIT in 32-bit protected mode with CR0.NE and CR4.OSFXSR. */
  clear(): void {
    for (let r = 0; r < 8; r++) this.physical(r).fill(0);
    this.core.initialize();
    this.core.clearOutputs();
    this.core.setMode(0x33, 0x600, false, true, false);
    this.core.setEffective(0, DATA_SIZE);
  }

  /** Runs a register form, or a memory form at `address` of the data area; the vector of its exception, or -1. */
  run(opcode: number, modrm: number, address = 0, limit = DATA_SIZE): number {
    this.core.clearOutputs();
    this.core.setEffective(address, limit);
    if (opcode === 0x9b) this.core.fwait();
    else this.core.escape(opcode, modrm);
    return this.core.exceptionVector();
  }

  #get(offset: number): number {
    return this.view.getUint32(this.#base + offset, true);
  }
  #set(offset: number, value: number): void {
    this.view.setUint32(this.#base + offset, value, true);
  }
  #register(i: number): number {
    return this.#base + ((this.top + i) & 7) * 16;
  }
}
