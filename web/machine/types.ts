/** The plain data that machines and their users exchange. The client (web/client/api.ts) exports all of it on. */
import type { Engine, EngineAtWork, EngineChoice, Tier } from './engines.ts';

export type { Engine, EngineAtWork, EngineChoice, Tier };

/**
 * `host`: guest time follows the host's clock. `instructions`: it follows the count of instructions retired (10 ns
 * each) and does not wait while the guest sleeps: a run is a pure function of its inputs, but an idle guest keeps the
 * host busy.
 */
export type ClockSource = 'host' | 'instructions';

/**
 * ready: the kernel is loaded, nothing has run yet.  running ⇄ paused.  off: the guest or powerOff() switched it off.
 * halted: the CPU stopped for good (HLT with interrupts off; usually a panic).  crashed: the core itself failed, a
 * defect of DomZero; see CrashReport.  disposed: dispose() was called; every method but dispose() rejects.
 * From off, halted and crashed, start() and reset() boot again.
 */
export type MachineState = 'ready' | 'running' | 'paused' | 'off' | 'halted' | 'crashed' | 'disposed';

/** What ended a machine: see MachineState. 'reset' comes with the option noReboot only. */
export type ExitReason = 'power-off' | 'debug-exit' | 'halted' | 'reset' | 'crashed';

/** Why the machine is no longer running. */
export interface MachineExit {
  readonly reason: ExitReason;
  /** What to do about it, where that is not plain; one line. */
  readonly message?: string | undefined;
  /** Of 'debug-exit': (value << 1) | 1. */
  readonly code?: number | undefined;
  /** Of 'crashed'. */
  readonly crash?: CrashReport | undefined;
}

/** What is known of a core that failed. */
export interface CrashReport {
  readonly message: string;
  readonly stack?: string | undefined;
  /** Undefined when the whole Worker died. */
  readonly registers: Registers | undefined;
  /** The last trace records, oldest first. */
  readonly trace: readonly CpuTraceRecord[];
  /** Of engine 'lockstep': where interpreter and translator went different ways. */
  readonly lockstep?: LockstepReport | undefined;
}

/** How engine 'lockstep' compares. Counts are guest instructions. */
export interface LockstepOptions {
  /** Instructions between two comparisons of registers and devices; 1000 when absent. */
  readonly chunk?: number | undefined;
  /** Instructions between two comparisons of all memory; 50 million when absent. */
  readonly memory?: number | undefined;
  /**
   * Compare from this instruction on only (chunks before it are of 1000), and keep the way that the interpreter takes for
   * the report. To come closer to a difference that an earlier run has found.
   */
  readonly from?: number | undefined;
}
/** The first difference that engine 'lockstep' has found. describeLockstep() makes text of it. */
export interface LockstepReport {
  /** The instruction count at the last comparison of this kind that found no difference, and at this one. */
  readonly from: number;
  readonly to: number;
  readonly differences: readonly LockstepDifference[];
  /** There are so many more than in the list. */
  readonly more: number;
  /** RIP before the last chunk, which began at instruction `chunkFrom`, and its linear address. */
  readonly chunkFrom: number;
  readonly rip: bigint;
  readonly linear: bigint;
  /** Code around it, from linear address `codeAt` on; empty when it is not mapped. */
  readonly code: Uint8Array;
  readonly codeAt: bigint;
  /** With `from`: the instructions that the interpreter executed last, oldest first. */
  readonly path: readonly LockstepStep[];
  /** The last line of the console. */
  readonly console: string;
  readonly options: Required<{ [K in keyof LockstepOptions]: number }>;
}
/** One value that the two engines do not agree on. */
export interface LockstepDifference {
  /** 'rax', 'eflags', 'ds.base', 'memory 0x1000' … */
  readonly what: string;
  readonly interpreter: bigint;
  readonly translator: bigint;
}
/** An instruction on the interpreter's way. */
export interface LockstepStep {
  readonly rip: bigint;
  readonly bytes: Uint8Array;
}

/** What the processor reports. */
export type CpuTraceRecord =
  | { readonly kind: 'undefined-opcode'; readonly mode: 16 | 32 | 64; readonly bytes: Uint8Array }
  | { readonly kind: 'triple-fault'; readonly vector: number; readonly rip: bigint }
  | { readonly kind: 'other'; readonly code: number; readonly a: number; readonly b: bigint };
/** And the translator, when it is asked to: of all regions, or of one. */
export type TraceRecord =
  | CpuTraceRecord
  | { readonly kind: 'region'; readonly region: Region }
  | { readonly kind: 'watched-region'; readonly region: WatchedRegion };

/**
 * A region of guest code that the translator has made a Wasm function of, or could not (docs/jit.md): with the option
 * `traceRegions` each is reported as a trace event of kind 'region' when it is made.
 */
export interface Region {
  /** Where it is entered: RIP, and that as linear and as physical address. */
  readonly rip: bigint;
  readonly linear: bigint;
  readonly physical: bigint;
  readonly mode: CodeMode;
  /** What it holds: basic blocks, loops, calls whose functions are within it, guest instructions. */
  readonly blocks: number;
  readonly loops: number;
  readonly calls: number;
  readonly instructions: number;
  /** Wasm code; 0: it came out too large, and its entry is left to the interpreter. */
  readonly bytes: number;
  /** Linear addresses of the pages that hold its code. */
  readonly pages: readonly bigint[];
  /** Why control leaves it, by the core's name for the reason: in how many places. */
  readonly endings: Readonly<Record<string, number>>;
  /** Guest instructions since power-on when it was made. */
  readonly made: number;
}
/** The CPU state that shapes translated code. */
export interface CodeMode {
  readonly bits: 16 | 32 | 64;
  readonly stackBits: 16 | 32 | 64;
  readonly user: boolean;
  /** Segments whose offsets are linear addresses, all of them. */
  readonly flat: readonly SegmentName[];
}
/** A region with all that there is to see of it: the answer to watchRegion(). */
export interface WatchedRegion extends Region {
  /** Its blocks in the order of the Wasm code, then the places to which control leaves it. */
  readonly graph: readonly RegionBlock[];
  /** A Wasm module, and which of its functions is the region's. */
  readonly module: Uint8Array;
  readonly function: number;
}
/** Blocks are named by their index in `graph`. */
export interface RegionBlock {
  readonly rip: bigint;
  /** Guest code; empty for a place outside. */
  readonly code: Uint8Array;
  readonly instructions: number;
  /** How its last instruction goes on; 'next': it only ends because another block begins. */
  readonly control: 'next' | 'jump' | 'branch' | 'indirect' | 'return' | 'undefined';
  /** After a jump, a taken branch, or a return as predicted. */
  readonly taken?: number | undefined;
  readonly next?: number | undefined;
  /** Targets of an indirect transfer that are compared with. */
  readonly cases: readonly number[];
  readonly isLoop: boolean;
  /** Several ways meet here. */
  readonly isMerge: boolean;
  /** 0, or which call of the region has brought it here: a function that is called twice is in it twice. */
  readonly call: number;
  /** The core's name for the reason why control leaves the region here, if it does. */
  readonly ending?: string | undefined;
}
/** Which region watchRegion() waits for. */
export interface WatchOptions {
  /** Any region that contains the address; else the one that begins there. */
  readonly within?: boolean | undefined;
  /** Only once so many instructions have been executed, or somewhat later. */
  readonly after?: number | undefined;
}

/** A way to virtualize a guest: 'full' is that it is unmodified and sees a whole PC. */
export interface Flavour {
  readonly name: string;
  /** For people: 'Full virtualization'. */
  readonly title: string;
  readonly description: string;
}

/** Something that makes a machine faster and can be turned off, or a number that the translator works with. */
export interface Acceleration {
  readonly name: string;
  /** 1 and 0 are on and off where `max` is 1. */
  readonly value: number;
  readonly default: number;
  readonly max: number;
  readonly description: string;
}
/** New values by name; true is on (or the default, of a number), false is off. */
export type AccelerationSettings = Readonly<Record<string, boolean | number>>;

/** Something that the core counts. */
export interface Counter {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly description: string;
}

/** Where console bytes come from: a serial port, or the debug console at port 0xE9. */
export type ConsolePort = 'com1' | 'com2' | 'debug';

/** What a machine has done, and how fast. */
export interface Statistics {
  readonly state: MachineState;
  /** What executes the guest: with engine 'auto', which of the two it is. */
  readonly engine: EngineAtWork;
  /** How the kernel was entered: 'PVH', 'Linux boot protocol 2.15', 'multiboot', 'boot sector'. */
  readonly boot: string;
  /** Guest RAM, bytes. */
  readonly memory: number;
  /** Guest instructions since power-on. */
  readonly instructions: number;
  /** Host seconds since start, pauses left out. */
  readonly uptime: number;
  /** Host seconds spent executing the guest. */
  readonly busySeconds: number;
  /** Guest time since power-on, seconds. */
  readonly guestSeconds: number;
  /** Million guest instructions in the last second of host time; near 0 when the guest sleeps. */
  readonly mips: number;
  /** Share of one host core over the last second, 0 to 1. */
  readonly hostShare: number;
  /** Resets since start(), by guest and host. */
  readonly resets: number;
  /** Milliseconds that the host spent compiling and linking translated code. */
  readonly compileMs: number;
  /** What the core counts, by name; counters() tells units and meanings. */
  readonly counters: Readonly<Record<string, number>>;
}

/** How a machine is saved. */
export interface SnapshotOptions {
  /** For people; '' when absent. */
  readonly name?: string | undefined;
  /**
   * Only what has changed since the machine's last snapshot (taken, or restored from): much smaller, and restored only
   * together with that one. When there is none, or the machine was booted since, everything.
   */
  readonly incremental?: boolean | undefined;
  /** Kept with the snapshot, for people: what the terminal shows, say. */
  readonly text?: string | undefined;
  /** False: sooner, and several times as large. For one that is restored at once. */
  readonly compress?: boolean | undefined;
}
/** A machine that was saved. */
export interface SnapshotResult {
  /** The file (docs/snapshot-format.md). */
  readonly bytes: Uint8Array;
  readonly id: string;
  /** The snapshot without which it cannot be restored, if there is one. */
  readonly parent: string | undefined;
  readonly date: string;
  /** Milliseconds that the guest stood still; pages of 4 KiB that were copied meanwhile. */
  readonly pauseMs: number;
  readonly pausePages: number;
  /** How often changed pages were copied while the guest ran. */
  readonly passes: number;
  /** Milliseconds in all, packing included. */
  readonly totalMs: number;
  /** Pages in the file. */
  readonly pages: number;
}

/** A segment register with its hidden part. */
export interface SegmentRegister {
  readonly selector: number;
  readonly base: bigint;
  readonly limit: number;
  /** Access rights as in SDM volume 3C, section 25.4.1. */
  readonly access: number;
}
/** The sixteen general registers by their 64-bit names. */
export type GeneralRegister =
  | 'rax'
  | 'rcx'
  | 'rdx'
  | 'rbx'
  | 'rsp'
  | 'rbp'
  | 'rsi'
  | 'rdi'
  | 'r8'
  | 'r9'
  | 'r10'
  | 'r11'
  | 'r12'
  | 'r13'
  | 'r14'
  | 'r15';
/** The six segment registers, and the two that name system segments. */
export type SegmentName = 'es' | 'cs' | 'ss' | 'ds' | 'fs' | 'gs' | 'ldtr' | 'tr';

/** The CPU between two instructions. */
export interface Registers {
  readonly general: Readonly<Record<GeneralRegister, bigint>>;
  readonly rip: bigint;
  readonly eflags: number;
  readonly cpl: number;
  readonly cr0: bigint;
  readonly cr2: bigint;
  readonly cr3: bigint;
  readonly cr4: bigint;
  readonly efer: bigint;
  readonly gdt: { readonly base: bigint; readonly limit: number };
  readonly idt: { readonly base: bigint; readonly limit: number };
  readonly segments: Readonly<Record<SegmentName, SegmentRegister>>;
}

/** What a file looks like, from its first bytes. */
export interface FileIdentity {
  /** 'kernel' and 'initrd' can be given to createMachine() as such. */
  readonly role: 'kernel' | 'initrd' | 'unknown';
  /** For people: 'Linux bzImage', 'cpio archive', 'PE executable' … */
  readonly description: string;
}
