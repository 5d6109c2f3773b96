/** The bar in the terminal; lines now and then where there is none. */
import cliProgress from 'cli-progress';
import type { Progress } from './schedule.ts';

export function progressBar(total: number): Progress & { stop(): void } {
  const tty = process.stderr.isTTY;
  const bar = new cliProgress.SingleBar(
    {
      format: '[{bar}] {value}/{total} {eta_formatted} {what}',
      noTTYOutput: !tty,
      notTTYSchedule: 15_000,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  let done = 0;
  bar.start(total, 0, { what: '' });
  return {
    begin: (what) => bar.update(done, { what }),
    end: () => bar.update(++done),
    stop: () => bar.stop(),
  };
}
