/**
 * What an engine of the comparison has to offer: start a guest, hand over every byte of its first serial port as soon
 * as it comes, and say how much CPU time it has used. The two ways to measure stand on that.
 */
import type { BootJob, Sample } from '../job.ts';

export interface Guest {
  /** Of DomZero: its core.wasm. */
  readonly core: string;
  readonly kernel: Uint8Array<ArrayBuffer>;
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

/** From the guest's mark S to its mark E (loops/boot.S). */
export async function measureLoop(engine: Engine, guest: Guest): Promise<Sample> {
  let begin: Mark | undefined;
  const ended = new Promise<Sample>((resolve, reject) => {
    const onByte = (byte: number) => {
      if (byte === 0x53) begin = mark(engine);
      if (byte !== 0x45) return;
      if (begin) resolve(between(engine, begin, mark(engine)));
      else reject(new Error('the guest sent its end mark without a start mark'));
    };
    engine.load(guest, onByte).then(() => engine.start(), reject);
  });
  return await Promise.race([ended, engine.failed]);
}

/** From power-on to the prompt. */
export async function measureBoot(engine: Engine, guest: Guest, job: BootJob): Promise<Sample> {
  let output = '';
  let reached: () => void = () => undefined;
  const prompt = new Promise<void>((resolve) => (reached = resolve));
  await engine.load(guest, (byte) => {
    output += String.fromCharCode(byte);
    if (output.endsWith(job.prompt)) reached();
  });
  const begin = mark(engine);
  await engine.start();
  await Promise.race([prompt, engine.failed]);
  return between(engine, begin, mark(engine));
}

export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
