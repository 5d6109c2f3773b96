/** Puts a program and its small system into a core: descriptor tables, handlers, page tables, registers. */
import type { Core } from '../../web/machine/core.ts';
import { CpuState, GENERAL } from '../../web/machine/cpu-state.ts';
import type { SegmentName, SegmentRegister } from '../../web/machine/types.ts';
import { ACCESS_DB, ACCESS_G, ACCESS_L, codeAccess, CR0, CR4, dataAccess, EFER_LONG } from '../support/core.ts';
import { descriptor, gate } from '../support/protected.ts';
import { Random } from '../support/random.ts';
import { assemble, le } from './assemble.ts';
import { dataSelector, handlersOf, Sel } from './handlers.ts';
import {
  ALIAS,
  ALIAS_PAGES,
  CODE,
  CODE_PAGES,
  DATA,
  DATA_END,
  GDT,
  HANDLERS,
  IDT,
  KERNEL_STACK,
  PAGE,
  RAM,
  SLOT_COUNT,
  SLOTS,
  STACK,
  TABLE,
  TABLES,
  TSS,
} from './layout.ts';
import type { Program } from './program.ts';

const VECTORS = 64;
const IRQ0 = 0x20;
const SOFTWARE = 0x30;
const INTERRUPT_GATE = 0x8e;
const BUSY_TSS = 0x8b;
const TSS_LIMIT = 0x67;
const ALL = 0xffffffff;
const NULL_ACCESS = 1 << 16;
/** Page table entries. */
const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const HANDLER_SIZE = 0x80;
/** Above the stack, what returns without a call find: addresses of blocks. */
const RETURNS = 128;

type Segments = Partial<Record<SegmentName, SegmentRegister>>;

/** Both cores get the same. */
export function setUp(core: Core, program: Program): void {
  const guest = new Uint8Array(core.memory.buffer, core.at.RAM, RAM);
  guest.fill(0);
  new Guest(core, guest, program).setUp();
}

class Guest {
  private readonly view: DataView;
  private readonly cpu: CpuState;
  /** Bytes of an entry in TABLE, and of one in a page table. */
  private readonly pointer: number;

  constructor(
    private readonly core: Core,
    private readonly ram: Uint8Array,
    private readonly program: Program,
  ) {
    this.view = new DataView(ram.buffer, ram.byteOffset, ram.byteLength);
    this.cpu = new CpuState(core);
    this.pointer = program.mode === 'long' ? 8 : 4;
  }
  setUp(): void {
    const { mode } = this.program;
    this.fillData();
    if (mode === 'real') this.vectors();
    else this.descriptors();
    this.handlers();
    this.code();
    if (this.paged) this.pages();
    this.registers();
    this.cpu.commit();
  }
  private get paged(): boolean {
    return this.program.mode === 'long' || (this.program.paging && this.program.mode !== 'real');
  }

  private fillData(): void {
    const random = new Random(this.program.data);
    random.fill(this.ram.subarray(DATA, DATA_END));
    for (let i = 0; i < SLOT_COUNT; i++) this.ram[SLOTS + i] = 1 + random.below(12);
  }
  /** Where the byte at a linear address of the code lies. */
  private physical(linear: number): number {
    const page = (linear - CODE) / PAGE;
    return this.paged ? (this.program.physical[Math.floor(page)] ?? 0) * PAGE + (linear & (PAGE - 1)) : linear;
  }
  private code(): void {
    const { bytes, labels } = assemble(this.program);
    for (let page = 0; page < CODE_PAGES; page++)
      this.ram.set(bytes.subarray(page * PAGE, (page + 1) * PAGE), this.physical(CODE + page * PAGE));
    const { table } = this.program;
    const [first = CODE] = labels.values();
    const address = (i: number): number => labels.get(table[i % table.length] ?? '') ?? first;
    table.forEach((_, i) => this.view.setUint32(TABLE + i * this.pointer, address(i), true));
    const width = this.program.mode === 'long' ? 8 : this.program.mode === 'protected32' ? 4 : 2;
    for (let i = 0; i < RETURNS; i++) this.ram.set(le(address(i * 7), width), STACK + i * width);
  }

  // ---- tables of the system ----
  private handlers(): void {
    const { exception, timer, software } = handlersOf(this.program);
    [exception, timer, software].forEach((code, i) => this.ram.set(code, HANDLERS + i * HANDLER_SIZE));
  }
  private handlerOf(vector: number): number {
    return HANDLERS + (vector === IRQ0 ? 1 : vector === SOFTWARE ? 2 : 0) * HANDLER_SIZE;
  }
  private vectors(): void {
    for (let vector = 0; vector < 256; vector++) this.view.setUint32(vector * 4, this.handlerOf(vector), true);
  }
  private descriptors(): void {
    const { mode, cpl } = this.program;
    const all = { limit: 0xfffff };
    const level = cpl << 5;
    const put = (selector: number, value: bigint): void => this.view.setBigUint64(GDT + selector, value, true);
    const size = mode === 'long' ? 0xa : mode === 'protected32' ? 0xc : 8;
    const code =
      this.program.limitedCode && mode !== 'long' ? { limit: 0xffff, flags: size & 4 } : { ...all, flags: size };
    put(Sel.code, descriptor({ ...code, access: 0x9b | level }));
    put(Sel.data, descriptor({ ...all, access: 0x93 | level, flags: mode === 'protected16' ? 8 : 0xc }));
    put(Sel.kernelCode, descriptor({ ...all, access: 0x9b, flags: mode === 'long' ? 0xa : 0xc }));
    put(Sel.kernelData, descriptor({ ...all, access: 0x93, flags: 0xc }));
    put(Sel.tss, descriptor({ base: TSS, limit: TSS_LIMIT, access: BUSY_TSS }));
    put(Sel.low, descriptor({ base: 0x20, limit: DATA_END - 0x21, access: 0x93 | level, flags: 4 }));
    put(Sel.down, descriptor({ limit: DATA - 1, access: 0x97 | level, flags: 4 }));
    put(Sel.high, descriptor({ base: 0x7f0, ...all, access: 0x93 | level, flags: 0xc }));
    this.view.setUint32(TSS + 4, KERNEL_STACK, true);
    if (mode !== 'long') this.view.setUint32(TSS + 8, Sel.kernelData, true);
    this.view.setUint16(TSS + 0x66, TSS_LIMIT + 1, true);
    const bytes = mode === 'long' ? 16 : 8;
    for (let vector = 0; vector < VECTORS; vector++) {
      const access = INTERRUPT_GATE | (vector === SOFTWARE ? 0x60 : 0);
      this.view.setBigUint64(IDT + vector * bytes, gate(Sel.kernelCode, this.handlerOf(vector), access), true);
    }
  }
  private pages(): void {
    const long = this.program.mode === 'long';
    const levels = long ? 3 : 1;
    const link = (table: number, i: number, value: number): void =>
      this.view.setUint32(table + i * this.pointer, value, true);
    for (let level = 0; level < levels; level++)
      link(TABLES + level * PAGE, 0, (TABLES + (level + 1) * PAGE) | PRESENT | WRITABLE | USER);
    const table = TABLES + levels * PAGE;
    const map = (linear: number, physical: number, flags: number): void =>
      link(table, linear / PAGE, physical | PRESENT | flags);
    for (let at = 0; at < CODE; at += PAGE) map(at, at, WRITABLE);
    const writable = this.program.writableCode ? WRITABLE : 0;
    for (let page = 0; page < CODE_PAGES; page++)
      map(CODE + page * PAGE, this.physical(CODE + page * PAGE), USER | writable);
    for (let page = 0; page < ALIAS_PAGES; page++)
      map(ALIAS + page * PAGE, this.physical(CODE + page * PAGE), USER | WRITABLE);
    for (let at = DATA; at < DATA_END; at += PAGE) map(at, at, USER | WRITABLE);
    map(TABLE, TABLE, USER);
    for (let at = TABLES; at <= table; at += PAGE) map(at, at, WRITABLE);
  }

  // ---- the processor ----
  private registers(): void {
    const { cpu, program } = this;
    const { mode, cpl, paging } = program;
    const protectedMode = mode !== 'real';
    const base = CR0.ET + CR0.NE + CR0.MP;
    cpu.set('cr0', protectedMode ? base + CR0.PE + CR0.WP + CR0.AM + (paging || mode === 'long' ? CR0.PG : 0) : base);
    cpu.set('cr3', protectedMode ? TABLES : 0);
    cpu.set('cr4', CR4.OSFXSR | CR4.OSXMMEXCPT | (mode === 'long' ? CR4.PAE : 0));
    cpu.set('efer', mode === 'long' ? EFER_LONG : 0);
    cpu.cpl = cpl;
    for (const [name, value] of Object.entries(this.segments())) cpu.setSegment(name as SegmentName, value);
    cpu.setDescriptorTable('gdt', GDT, 0x4f);
    cpu.setDescriptorTable('idt', protectedMode ? IDT : 0, mode === 'long' ? VECTORS * 16 - 1 : VECTORS * 8 - 1);
    GENERAL.forEach((name, i) => cpu.setGeneral(name, BigInt(`0x${program.registers[i] ?? '0'}`)));
    cpu.setGeneral('rsp', STACK);
    cpu.set('rip', assemble(program).labels.get(program.blocks[0]?.label ?? '') ?? CODE);
    cpu.setEflags(program.eflags);
  }
  private segments(): Segments {
    const { mode, cpl, segmented, limitedCode } = this.program;
    const make = (selector: number, base: number, limit: number, access: number): SegmentRegister => ({
      selector,
      base: BigInt(base),
      limit,
      access: limit > 0xfffff ? access | ACCESS_G : access,
    });
    const none = make(0, 0, 0, NULL_ACCESS);
    if (mode === 'real') {
      const all = make(0, 0, 0xffff, dataAccess(0));
      return { cs: all, ss: all, ds: all, es: all, fs: make(0x7f, 0x7f0, 0xffff, dataAccess(0)), gs: all, ldtr: none };
    }
    const size = mode === 'long' ? ACCESS_L : mode === 'protected32' ? ACCESS_DB : 0;
    const limit = limitedCode && mode !== 'long' ? 0xffff : ALL;
    const wide = dataAccess(cpl) | ACCESS_DB;
    const flat = make(Sel.data | cpl, 0, ALL, mode === 'protected16' ? dataAccess(cpl) : wide);
    const low = make(Sel.low | cpl, 0x20, DATA_END - 0x21, wide);
    const data = dataSelector(this.program) === (Sel.low | cpl) ? low : flat;
    return {
      cs: make(Sel.code | cpl, 0, limit, codeAccess(cpl) | size),
      ss: flat,
      ds: data,
      es: data,
      fs: segmented ? make(Sel.high | cpl, 0x7f0, ALL, wide) : flat,
      gs: segmented && mode !== 'long' ? make(Sel.down | cpl, 0, DATA - 1, wide | 4) : flat,
      tr: make(Sel.tss, TSS, TSS_LIMIT, BUSY_TSS),
      ldtr: none,
    };
  }
}
