/**
 * What an engine of the comparison has to offer: start a guest, hand over every byte of its first serial port as soon
 * as it comes, and say how much CPU time it has used. The ways to measure stand on that. No Node here: it runs in
 * Chromium as well.
 */
import type { Sample } from '../job.ts';

export interface Guest {
  /** Of DomZero: the URL of its core.wasm. */
  readonly core: string;
  readonly kernel: Uint8Array<ArrayBuffer>;
  /** Of QEMU, which reads files. */
  readonly kernelPath: string;
  readonly initrd?: Uint8Array<ArrayBuffer> | undefined;
  readonly initrdPath?: string | undefined;
  readonly commandLine: string;
  readonly memory: number;
}

export interface Engine {
  /** Resolves when the guest is ready to run; nothing of it has run yet. */
  load(guest: Guest, onByte: (byte: number) => void): Promise<void>;
  start(): Promise<void>;
  /** Rejects when the guest cannot go on (crash, early exit); otherwise pending. */
  readonly failed: Promise<never>;
  /** CPU seconds of the process that runs the guest. */
  cpuSeconds(): number;
  instructions?(): number;
  stop(): Promise<void>;
}

/** Where an engine in this process takes its CPU seconds from. */
export type Clock = () => number;

interface Mark {
  readonly wall: number;
  readonly cpu: number;
  readonly instructions: number | undefined;
}

function mark(engine: Engine): Mark {
  return { wall: performance.now() / 1000, cpu: engine.cpuSeconds(), instructions: engine.instructions?.() };
}

function between(engine: Engine, begin: Mark, end: Mark): Sample {
  return {
    wallSeconds: end.wall - begin.wall,
    cpuSeconds: end.cpu - begin.cpu,
    processSeconds: engine.cpuSeconds(),
    instructions:
      begin.instructions === undefined || end.instructions === undefined
        ? undefined
        : end.instructions - begin.instructions,
  };
}

/** From one byte of the guest's to another, with what it prints in between. */
async function measureMarks(engine: Engine, guest: Guest, first: number, last: number): Promise<Sample> {
  let begin: Mark | undefined;
  let output = '';
  const ended = new Promise<Sample>((resolve, reject) => {
    const onByte = (byte: number) => {
      if (byte === last) {
        if (begin) resolve({ ...between(engine, begin, mark(engine)), output });
        else reject(new Error('the guest sent its end mark without a start mark'));
      } else if (byte === first && !begin) begin = mark(engine);
      else if (begin) output += String.fromCharCode(byte);
    };
    engine.load(guest, onByte).then(() => engine.start(), reject);
  });
  return await Promise.race([ended, engine.failed]);
}

/** Marks S and E of loops/boot.S. */
export function measureLoop(engine: Engine, guest: Guest): Promise<Sample> {
  return measureMarks(engine, guest, 0x53, 0x45);
}

/** Marks of programs/init. */
export async function measureProgram(engine: Engine, guest: Guest): Promise<Sample> {
  const sample = await measureMarks(engine, guest, 1, 4);
  return { ...sample, output: cleanOutput(sample.output ?? '') };
}

/** As the program printed it, without what the terminal's line discipline adds. */
export function cleanOutput(output: string): string {
  return output.replace(/\r/g, '').trim();
}

/** From power-on to the prompt. */
export async function measureBoot(engine: Engine, guest: Guest, wanted: string): Promise<Sample> {
  let output = '';
  let reached: () => void = () => undefined;
  const prompt = new Promise<void>((resolve) => (reached = resolve));
  await engine.load(guest, (byte) => {
    output += String.fromCharCode(byte);
    if (output.endsWith(wanted)) reached();
  });
  const begin = mark(engine);
  await engine.start();
  await Promise.race([prompt, engine.failed]);
  return between(engine, begin, mark(engine));
}
