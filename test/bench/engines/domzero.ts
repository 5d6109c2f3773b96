import type { Engine, Guest } from './engine.ts';
export class DomZeroEngine implements Engine {
  readonly failed = new Promise<never>(() => undefined);
  load(_guest: Guest): Promise<void> { return Promise.reject(new Error('later')); }
  start(): Promise<void> { return Promise.resolve(); }
  cpuSeconds(): number { return 0; }
  stop(): Promise<void> { return Promise.resolve(); }
}
