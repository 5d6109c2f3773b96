/**
 * The handlers of the programs' small system. Any exception goes on at the next block of TABLE with stack, flags and data
 * segments as at the beginning, so that programs live on whatever they do.
 */
import { le } from './assemble.ts';
import { COUNTER, KERNEL_STACK, STACK, TABLE, TABLE_SIZE } from './layout.ts';
import type { Program } from './program.ts';

/** Selectors of the GDT, for a program's privilege level. */
export const Sel = {
  code: 0x08,
  data: 0x10,
  kernelCode: 0x18,
  kernelData: 0x20,
  tss: 0x28,
  /** Base 20h and a limit within the data; expand-down; base 7F0h. */
  low: 0x38,
  down: 0x40,
  high: 0x48,
} as const;

export interface Handlers {
  exception: number[];
  /** IRQ 0: counts, and ends the interrupt. */
  timer: number[];
  /** INT 30h: counts, with the carry that it finds. */
  software: number[];
}
const AX_TO_EOI = [0xb0, 0x20, 0xe6, 0x20];
const PUSH_AX = 0x50;
const POP_AX = 0x58;
const IRET = 0xcf;
const SS = 0x36;
const REX_W = 0x48;

/** DS and ES as a program has them at the beginning. */
export function dataSelector({ mode, cpl, segmented }: Program): number {
  if (mode === 'real') return 0;
  return (segmented && mode !== 'long' ? Sel.low : Sel.data) | cpl;
}
export function handlersOf(program: Program): Handlers {
  if (program.mode === 'real') return real(program);
  return program.mode === 'long' ? long(program) : legacy(program);
}
function real({ eflags }: Program): Handlers {
  return {
    exception: [
      ...[SS, 0xa1, ...le(COUNTER, 2)], // mov ax, [COUNTER]
      ...[SS, 0xff, 0x06, ...le(COUNTER, 2)], // inc word [COUNTER]
      ...[0x83, 0xe0, TABLE_SIZE - 1, 0xc1, 0xe0, 2, 0x93], // and ax; shl ax, 2; xchg ax, bx
      ...[SS, 0x8b, 0x87, ...le(TABLE, 2)], // mov ax, [bx + TABLE]
      ...[0x31, 0xc9, 0x8e, 0xd9, 0x8e, 0xc1], // xor cx, cx; mov ds, cx; mov es, cx
      ...[0xbc, ...le(STACK, 2), 0x68, ...le(eflags, 2), 0x6a, 0, PUSH_AX, IRET],
    ],
    timer: [PUSH_AX, SS, 0xff, 0x06, ...le(COUNTER + 4, 2), ...AX_TO_EOI, POP_AX, IRET],
    software: [SS, 0x83, 0x16, ...le(COUNTER + 8, 2), 1, IRET],
  };
}
function legacy(program: Program): Handlers {
  const { cpl, eflags } = program;
  const data = dataSelector(program);
  const stack = cpl
    ? [0xbc, ...le(KERNEL_STACK, 4), 0x6a, Sel.data | cpl, 0x68, ...le(STACK, 4)]
    : [0xbc, ...le(STACK, 4)];
  return {
    exception: [
      ...[SS, 0xa1, ...le(COUNTER, 4)],
      ...[SS, 0xff, 0x05, ...le(COUNTER, 4)],
      ...[0x83, 0xe0, TABLE_SIZE - 1],
      ...[SS, 0x8b, 0x04, 0x85, ...le(TABLE, 4)], // mov eax, [eax * 4 + TABLE]
      ...[0xb9, ...le(data, 4), 0x8e, 0xd9, 0x8e, 0xc1], // mov ecx, data; mov ds, ecx; mov es, ecx
      ...[...stack, 0x68, ...le(eflags, 4), 0x6a, Sel.code | cpl, PUSH_AX, IRET],
    ],
    timer: [PUSH_AX, SS, 0xff, 0x05, ...le(COUNTER + 4, 4), ...AX_TO_EOI, POP_AX, IRET],
    software: [SS, 0x83, 0x15, ...le(COUNTER + 8, 4), 1, IRET],
  };
}
function long({ cpl, eflags }: Program): Handlers {
  return {
    exception: [
      ...[0x8b, 0x04, 0x25, ...le(COUNTER, 4)],
      ...[0xff, 0x04, 0x25, ...le(COUNTER, 4)],
      ...[0x83, 0xe0, TABLE_SIZE - 1],
      ...[REX_W, 0x8b, 0x04, 0xc5, ...le(TABLE, 4)],
      ...[0xbc, ...le(KERNEL_STACK, 4), 0x6a, Sel.data | cpl, 0x68, ...le(STACK, 4)],
      ...[0x68, ...le(eflags, 4), 0x6a, Sel.code | cpl, PUSH_AX, REX_W, IRET],
    ],
    timer: [PUSH_AX, 0xff, 0x04, 0x25, ...le(COUNTER + 4, 4), ...AX_TO_EOI, POP_AX, REX_W, IRET],
    software: [0x83, 0x14, 0x25, ...le(COUNTER + 8, 4), 1, REX_W, IRET],
  };
}
