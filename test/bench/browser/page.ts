/** The page of the benchmark in a browser: each measurement in a Worker of its own, where a machine of ours runs too. */
import type { Outcome, Sample } from '../job.ts';

/** URLs of what the engine loads. */
export interface BrowserJob {
  readonly engine: string;
  readonly core: string;
  readonly v86: string;
  readonly image: string;
}

declare global {
  interface Window {
    measure?: (job: BrowserJob) => Promise<Sample>;
  }
}

window.measure = (job) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Outcome>) => {
      worker.terminate();
      if ('sample' in data) resolve(data.sample);
      else reject(new Error(data.error));
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(job);
  });
