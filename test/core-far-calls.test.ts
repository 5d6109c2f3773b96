/**
 * Functions that lie far from where they are called, as in large programs: translated code has both in one region and says
 * exactly where it is left (assembly/jit/reach.ts).
 */
import { describe, expect, it } from 'vitest';
import { addTable, enablePaging, P, setEntry, W } from './support/page-tables.ts';
import { CODE_AT, ProtectedSystem, STACK0 } from './support/protected.ts';

const FUNCTION_TABLE = 0x102000;
const FRAME = 0x150000;
const DATA = 0x1ff000;
const HLT = 0xf4;
const TIMES = 500;
const CALL = [0xe8, 0, 0, 0, 0];

/** again: call [at]; dec ebp; jnz again; hlt. EBX runs through the last page that is mapped. */
function calling(body: readonly number[], at: number, from = CODE_AT): ProtectedSystem {
  const system = new ProtectedSystem([]);
  const code = [...CALL, 0x4d, 0x75, -8 & 0xff, HLT];
  system.core.ram.set(code, from);
  system.ram.setInt32(from + 1, (at - from - CALL.length) | 0, true);
  enablePaging(system, P | W);
  if (at >= 0x200000) {
    addTable(system, at, FUNCTION_TABLE, P | W);
    setEntry(system, at, FRAME | P | W);
  }
  system.core.ram.set(body, at < 0x200000 ? at : FRAME + (at & 0xfff));
  for (let i = 0; i < 0x400; i++) system.ram.setUint32(DATA + i * 4, i, true);
  system.core.rip = from;
  system.core.exports.refresh();
  return system.setRegisters({ ebp: TIMES, ebx: DATA });
}
// Within a region, beyond what is near; beyond what a region reaches; behind the end of 32 bits
describe.each([0x1c0a30, 0x7000a30, 0x8000a30, 0x20000a30, 0xfff00a30])('a function at %#x', (at) => {
  it('is called and returns', () => {
    // inc eax; mov ecx, [ebx]; add ebx, 4; ret
    const system = calling([0x40, 0x8b, 0x0b, 0x83, 0xc3, 4, 0xc3], at).runToHlt();
    expect([system.reg(0), system.reg(1), system.reg(3)]).toEqual([TIMES, TIMES - 1, DATA + TIMES * 4]);
    expect([system.reg(4), system.eip]).toEqual([STACK0, CODE_AT + CALL.length + 4]);
  });
  it('faults in its middle', () => {
    const system = calling([0x40, 0x8b, 0x0b, 0x83, 0xc3, 4, 0xc3], at).setRegisters({ ebp: 0x1000 });
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 0, eip: at + 1 });
    expect(system.core.state('S_CR2')).toBe(BigInt(DATA + 0x1000));
    expect([system.reg(0), system.reg(1), system.reg(5)]).toEqual([0x401, 0x3ff, 0x1000 - 0x400]);
    // Below the frame of the exception lies the return address
    expect(system.ram.getUint32(system.reg(4) + 16, true)).toBe(CODE_AT + CALL.length);
  });
  it('faults in an x87 instruction', () => {
    // inc eax; fninit; fild dword [ebx]; fistp dword [ebx]; add ebx, 4; ret
    const system = calling([0x40, 0xdb, 0xe3, 0xdb, 0x03, 0xdb, 0x1b, 0x83, 0xc3, 4, 0xc3], at).setRegisters({
      ebp: 0x1000,
    });
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 0, eip: at + 3 });
    expect([system.reg(0), system.reg(3)]).toEqual([0x401, DATA + 0x1000]);
  });
  it('executes what only the interpreter can', () => {
    // inc eax; sgdt [esp-8]; ret
    const system = calling([0x40, 0x0f, 0x01, 0x44, 0x24, 0xf8, 0xc3], at).runToHlt();
    expect([system.reg(0), system.reg(5), system.reg(4)]).toEqual([TIMES, 0, STACK0]);
  });
});

it('a function before its caller faults in its middle', () => {
  const from = 0x1d0000;
  const system = calling([0x40, 0x8b, 0x0b, 0x83, 0xc3, 4, 0xc3], CODE_AT + 0xff0, from).setRegisters({ ebp: 0x1000 });
  expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 0, eip: CODE_AT + 0xff1 });
  expect([system.reg(0), system.reg(5)]).toEqual([0x401, 0x1000 - 0x400]);
});
