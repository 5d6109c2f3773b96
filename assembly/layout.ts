/**
 * The map of linear memory. All machine state sits at constant addresses below RAM; the host learns them from the
 * globals that index.ts exports. What belongs to one CPU is derived from VCPU_BASE, an integer that the build defines
 * (asconfig.json, `use`), so that a second CPU can be a second build of this core over a shared memory.
 *
 *   0x0000_1000  VCPU_BASE  registers, segments, FPU, scratch       4 KiB   per CPU
 *   0x0001_0000             TLBs of user and supervisor mode      256 KiB   per CPU
 *   0x0005_0000             slots that a TLB flush has to visit    64 KiB   per CPU
 *   0x0008_0000  DEVICES    device registers, one block each      128 KiB
 *   0x000a_0000  PIO        port map and handlers                  96 KiB
 *   0x000b_8000  BUS        MMIO ranges, interrupt wiring, timers  32 KiB
 *   0x000c_0000  RINGS      console rings shared with the host     64 KiB
 *   0x000e_0000  TRACE      ring of debug trace records            16 KiB
 *   0x000e_4000  TEXT       what the core says of itself             4 KiB
 *   0x000e_8000  SECTION    a section of a snapshot                96 KiB
 *   0x0010_0000  (--memoryBase) static data of the compiler
 *   0x0018_0000  DIRTY      which pages of RAM have changed       512 KiB
 *   0x0020_0000  EMIT       the module that the translator writes   2 MiB
 *   0x0040_0000  CODE_PAGES where code was translated, by page      6 MiB
 *   0x00a0_0000  JIT        entries, regions and their lists        6 MiB
 *   0x0100_0000  RAM        guest physical memory from address 0
 */

// ---- one CPU ----
export const CPU: usize = VCPU_BASE;
/** 16 general registers, 8 bytes each, in encoding order: RAX RCX RDX RBX RSP RBP RSI RDI R8..R15. */
export const REGS: usize = CPU;
/** CpuState (cpu/state.ts). */
export const STATE: usize = CPU + 0x100;
/** Eight Segment structs (cpu/state.ts): ES CS SS DS FS GS LDTR TR. */
export const SEGMENTS: usize = CPU + 0x400;
/** x87, XMM and MXCSR (fpu/state.ts), 1 KiB. */
export const FPU: usize = CPU + 0x800;
/** A memory operand that lies in no RAM page, or in two, is worked on here and written back afterwards. */
export const SCRATCH: usize = CPU + 0xc00;
/** The bytes of an instruction that straddles two pages. */
export const STRADDLE: usize = CPU + 0xc40;
/** Where large pages were cut up (memory/tlb.ts), 128 bytes. */
export const TLB_LARGE: usize = CPU + 0xc80;
/** u32: the last access that translated code asked the core for was refused (engine/helpers.ts). */
export const JIT_REFUSED: usize = CPU + 0xd40;
/** The arithmetic flags between two regions: four u64 (jit/frame.ts). */
export const JIT_RAW_FLAGS: usize = CPU + 0xd60;
/** What the instruction that was read last does (interpreter/survey.ts), 64 bytes. */
export const SURVEY: usize = CPU + 0xd80;
/** u32: at which of its instructions translated code gave up (jit/exits.ts). */
export const JIT_SITE: usize = CPU + 0xd44;

export const TLB_ENTRIES: u32 = 4096;
/** Bytes an entry: {read tag u64, write tag u64, execute tag u64, host - guest u32, state u32}. */
export const TLB_ENTRY: u32 = 32;
export const TLB_SUPERVISOR: usize = VCPU_BASE + 0xf000;
export const TLB_USER: usize = TLB_SUPERVISOR + TLB_ENTRIES * TLB_ENTRY;
/** u16 slot numbers (bit 12: in the user table) of entries filled since the last flush: not global, then global. */
export const TLB_LOG: usize = TLB_USER + TLB_ENTRIES * TLB_ENTRY;
export const TLB_GLOBAL_LOG: usize = TLB_LOG + 2 * 2 * TLB_ENTRIES;
/** u8 by the low bits of the page number: somebody stands on where the page is mapped (`relyOn` in memory/tlb.ts). */
export const TLB_RELIED: usize = TLB_GLOBAL_LOG + 2 * 2 * TLB_ENTRIES;

// ---- the machine ----
export const DEVICES: usize = 0x80000;
export const DEVICES_SIZE: u32 = 0x20000;
export const PIO: usize = 0xa0000;
/** MMIO ranges, interrupt wiring, clock and timers (bus/). */
export const BUS: usize = 0xb8000;
export const MMIO: usize = BUS;
export const INTERRUPTS: usize = BUS + 0x800;
export const CLOCK: usize = BUS + 0x900;
export const TIMERS: usize = BUS + 0xa00;
export const OUTCOME: usize = BUS + 0xc00;
export const RINGS: usize = 0xc0000;
export const TRACE: usize = 0xe0000;
export const TRACE_SIZE: u32 = 0x4000;
/** Which flavours there are (flavours.ts). */
export const FLAVOURS_TEXT: usize = 0xe4000;
/** What crosses between core and host while a machine is saved or restored (bus/section.ts). */
export const SECTION: usize = 0xe8000;
export const SECTION_SIZE: u32 = 0x17f00;
/** Which sections there are (snapshot.ts). */
export const SECTION_TEXT: usize = SECTION + SECTION_SIZE;
export const STATIC_BASE: usize = 0x100000;
/** u8 a page of RAM (memory/dirty.ts). */
export const DIRTY: usize = 0x180000;
export const EMIT: usize = 0x200000;
export const EMIT_SIZE: u32 = 0x200000;
/** u64 a page of RAM: which of its 64 pieces of 64 bytes hold translated code (memory/code-pages.ts). */
export const CODE_PAGES: usize = 0x400000;
/** u32 a page of RAM: the first of the pieces of regions that lie in it (jit/regions.ts). */
export const CODE_LISTS: usize = 0x800000;
export const JIT: usize = 0xa00000;
/** Hash table of entries: u32 heads of lists; the entries, 64 bytes each (jit/entries.ts). */
export const JIT_BUCKETS: usize = JIT;
export const JIT_ENTRIES: usize = JIT + 0x410000;
/** Regions, 64 bytes each; lists of their pieces and links, 16 and 8 bytes a node (jit/regions.ts). */
export const JIT_REGIONS: usize = JIT + 0x110000;
export const JIT_PIECES: usize = JIT + 0x190000;
export const JIT_LINKS: usize = JIT + 0x210000;
/** What the translator needs while it translates a region; nothing of it outlives that. */
export const JIT_BOUND: usize = JIT + 0x5a0000;
export const JIT_ALIASED: usize = JIT_BOUND + 64;
export const JIT_HANDED: usize = JIT_ALIASED + 64;
export const JIT_FLAGS: usize = JIT_HANDED + 64;
export const JIT_KEPT: usize = JIT_FLAGS + 64;
export const JIT_ALIASES: usize = JIT_KEPT + 8192;
export const JIT_CONTEXTS: usize = JIT_ALIASES + 1024;
export const JIT_PAGES: usize = JIT_CONTEXTS + 768;
export const JIT_ORDER: usize = JIT_PAGES + 320;
/** Regions whose functions wait for their module (jit/module.ts). */
export const JIT_WAITING: usize = JIT_ORDER + 64;
/** Which values differ by a constant (jit/distances.ts), 72 KiB; look-ups that neighbours share (jit/lookups.ts), 48 KiB. */
export const JIT_DISTANCES: usize = JIT + 0x5b0000;
export const JIT_LOOKUPS: usize = JIT + 0x5c4000;
/** Numbers of entries that were gone to by address lately, by a hash of that: u32 (jit/entries.ts), 16 KiB. */
export const JIT_LATELY: usize = JIT + 0x5d4000;
/** Executions of code that is not translated, u16 by a hash of its address (engine/dispatch.ts). */
export const JIT_HEAT: usize = JIT + 0x290000;
/** Code segments (jit/mode.ts), 16 KiB; counters and switches (counters.ts, jit/switches.ts). */
export const JIT_ENVIRONMENTS: usize = JIT + 0x2b0000;
/** Targets of indirect transfers (jit/targets.ts), 1 MiB. */
export const JIT_TARGETS: usize = JIT + 0x300000;
/** How often regions were made anew, u8 by a hash of their address (jit/targets.ts), 64 KiB. */
export const JIT_REMADE: usize = JIT + 0x400000;
export const JIT_COUNTERS: usize = JIT + 0x2b4000;
export const JIT_SWITCHES: usize = JIT + 0x2b5000;
/** What the host can see of regions as they are made (jit/records.ts), 128 KiB. */
export const JIT_RECORDS: usize = JIT + 0x5e0000;
export const RAM: usize = 0x1000000;
