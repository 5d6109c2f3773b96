/**
 * Accesses close to each other: what holds for the page of one need not hold for the next. Each program is a loop, so that
 * translated code comes to the border with its look-ups made (assembly/jit/lookups.ts).
 */
import { describe, expect, it } from 'vitest';
import { Core, Status } from './support/core.ts';
import { enablePaging, P, setEntry, W } from './support/page-tables.ts';
import { CODE_AT, ProtectedSystem } from './support/protected.ts';

const WP = 0x10000n;
/** Two linear pages beyond the identity map, and frames that are no neighbours. */
const PAGE = 0x300000;
const NEXT = PAGE + 0x1000;
const FRAME = 0x150000;
const FAR_FRAME = 0x120000;
const ESP = 4;

/** 32-bit paging: the first 2 MiB identity-mapped, then PAGE and NEXT as given. */
function paged(code: number[], next: number, first = 64, page = FRAME | P | W): ProtectedSystem {
  const system = enablePaging(new ProtectedSystem(code), P | W, WP);
  setEntry(system, PAGE, page);
  setEntry(system, NEXT, next);
  for (let at = 0; at < 0x1000; at += 4) system.ram.setUint32(FRAME + at, at, true);
  system.core.setSwitch('first-region', first);
  system.core.exports.refresh();
  return system;
}
/** Where the frames have a byte of PAGE or NEXT, the one in FAR_FRAME. */
const placeOf = (linear: number): number => (linear >= NEXT ? FAR_FRAME + linear - NEXT : FRAME + linear - PAGE);
const u32 = (v: number): number[] => [v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24];
const HLT = 0xf4;

describe.each([64, 0])('first regions of %i instructions', (first) => {
  it('fields of which the last one lies in a missing page', () => {
    // again: mov eax, [ebx]; mov ecx, [ebx+4]; add [ebx+8], eax; add ebx, 4; jmp again
    const code = [0x8b, 0x03, 0x8b, 0x4b, 4, 0x01, 0x43, 8, 0x83, 0xc3, 4, 0xeb, 0xf3];
    const system = paged(code, 0, first).setRegisters({ ebx: PAGE + 0xe00 });
    const memory = Array.from({ length: 0x400 }, (_, i) => i * 4);
    for (let i = 0x380; i < 0x3fe; i++) memory[i + 2]! += memory[i]!;
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 2, eip: CODE_AT + 5 });
    expect(system.core.state('S_CR2')).toBe(BigInt(NEXT));
    expect(system.reg(0)).toBe(memory[0x3fe]);
    expect(system.reg(1)).toBe(memory[0x3ff]);
    for (let i = 0; i < 0x400; i++) expect(system.ram.getUint32(FRAME + i * 4, true)).toBe(memory[i]! >>> 0);
  });
  it('fields before a register that runs into a missing page', () => {
    // again: mov eax, [ebx-8]; mov ecx, [ebx]; add ebx, 4; jmp again
    const code = [0x8b, 0x43, 0xf8, 0x8b, 0x0b, 0x83, 0xc3, 4, 0xeb, 0xf6];
    const system = paged(code, 0, first).setRegisters({ ebx: PAGE + 0xe00 });
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 0, eip: CODE_AT + 3 });
    expect(system.core.state('S_CR2')).toBe(BigInt(NEXT));
    expect(system.reg(0)).toBe(0xff8);
    expect(system.reg(1)).toBe(0xffc);
  });
  it('what may be read may not be written', () => {
    // again: mov eax, [ebx]; lea edx, [ebx+4]; mov ecx, [edx]; dec esi; jnz over; mov [edx], eax; over: add ebx, 8; jmp again
    const code = [0x8b, 0x03, 0x8d, 0x53, 4, 0x8b, 0x0a, 0x4e, 0x75, 2, 0x89, 0x02, 0x83, 0xc3, 8, 0xeb, 0xef];
    const system = paged(code, 0, first, FRAME | P).setRegisters({ ebx: PAGE, esi: 40 });
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 3, eip: CODE_AT + 10 });
    expect(system.core.state('S_CR2')).toBe(BigInt(PAGE + 39 * 8 + 4));
    expect(system.ram.getUint32(FRAME + 39 * 8 + 4, true)).toBe(39 * 8 + 4);
  });
  it('pushes and pops across two frames', () => {
    // again: push eax; push esi; push 7; push esp; pop edx; pop ecx; add eax, ecx; pop ebx; pop edi; add eax, edi
    // dec esi; jnz again; hlt
    const code = [0x50, 0x56, 0x6a, 7, 0x54, 0x5a, 0x59, 0x01, 0xc8, 0x5b, 0x5f, 0x01, 0xf8, 0x4e, 0x75, 0xf0, HLT];
    for (let above = 0; above <= 16; above += 2) {
      const system = paged(code, FAR_FRAME | P | W, first).setRegisters({ eax: 1, esi: 50, esp: NEXT + above });
      let eax = 1;
      let pushed = [0, 0, 0, 0];
      for (let esi = 50; esi; esi--) {
        pushed = [eax, esi, 7, NEXT + above - 12];
        eax = (eax + 7 + eax) | 0;
      }
      system.runToHlt();
      expect(system.reg(0)).toBe(eax >>> 0);
      expect(system.reg(ESP)).toBe(NEXT + above);
      const byteAt = (linear: number): number => system.ram.getUint8(placeOf(linear));
      const found = pushed.map((_, i) => u32(0).map((__, k) => byteAt(NEXT + above - 4 * (i + 1) + k)));
      expect(found).toEqual(pushed.map(u32));
    }
  });
  it('a stack frame across two frames costs little', () => {
    // again: push eax; push esi; push edi; pop edx; pop ecx; pop ebx; dec esi; jnz again; hlt
    const code = [0x50, 0x56, 0x57, 0x5a, 0x59, 0x5b, 0x4e, 0x75, 0xf7, HLT];
    const system = paged(code, FAR_FRAME | P | W, first).setRegisters({ esi: 20_000, esp: NEXT + 8 });
    expect(system.run(200_000)).toBe(Status.Halted);
    expect(system.reg(1)).toBe(1);
    expect(system.core.counter('exits-side')).toBeLessThan(1000);
    if (Core.translates) expect(system.core.translated).toBeGreaterThan(150_000);
  });
  it('what is changed on two frames stays in translated code', () => {
    // again: add [ebx], esi; adc word [ebx+1], 0x1234; lock xadd [ebx], eax; dec esi; jnz again; hlt
    const code = [0x01, 0x33, 0x66, 0x81, 0x53, 1, 0x34, 0x12, 0xf0, 0x0f, 0xc1, 0x03, 0x4e, 0x75, 0xf1, HLT];
    for (let before = 1; before < 4; before++) {
      const system = paged(code, FAR_FRAME | P | W, first).setRegisters({ ebx: NEXT - before, esi: 20_000 });
      const places = [0, 1, 2, 3].map((i) => placeOf(NEXT - before + i));
      const memory = new DataView(Uint8Array.from(places, (at) => system.ram.getUint8(at)).buffer);
      let eax = 0;
      for (let esi = 20_000; esi; esi--) {
        const sum = memory.getUint32(0, true) + esi;
        memory.setUint32(0, sum, true);
        memory.setUint16(1, memory.getUint16(1, true) + 0x1234 + Number(sum > 0xffff_ffff), true);
        const old = memory.getUint32(0, true);
        memory.setUint32(0, old + eax, true);
        eax = old;
      }
      expect(system.run(200_000)).toBe(Status.Halted);
      expect(system.reg(0)).toBe(eax);
      expect(places.map((at) => system.ram.getUint8(at))).toEqual([...new Uint8Array(memory.buffer)]);
      expect(system.core.counter('exits-side')).toBeLessThan(1000);
      if (Core.translates) expect(system.core.translated).toBeGreaterThan(90_000);
    }
  });
  it('a register that has changed on one way only', () => {
    // again: mov eax, [ebx]; mov edx, ebx; test esi, esi; js end; test al, 4; jz over; add edx, 8
    // over: add ecx, [edx+8]; add ebx, 4; dec esi; jnz again; end: hlt
    const code = [
      ...[0x8b, 0x03, 0x89, 0xda, 0x85, 0xf6, 0x78, 16, 0xa8, 4, 0x74, 3, 0x83, 0xc2, 8],
      ...[0x03, 0x4a, 8, 0x83, 0xc3, 4, 0x4e, 0x75, 0xe8, HLT],
    ];
    const system = paged(code, FAR_FRAME | P | W, first).setRegisters({ ebx: PAGE, ecx: 0, esi: 600 });
    let ecx = 0;
    for (let i = 0; i < 600; i++) ecx += i & 1 ? i * 4 + 16 : i * 4 + 8;
    expect(system.runToHlt().eip).toBe(CODE_AT + code.length);
    expect(system.reg(1)).toBe(ecx);
  });
});
