/** The progress bar of a build: redrawn in a terminal, a line every ten seconds in a log. */
import cliProgress from 'cli-progress';
import type { ImageProgress } from './progress.ts';

export interface Bar {
  readonly update: (progress: ImageProgress) => void;
  readonly stop: () => void;
}

const UNITS = 1000;
const BAR_WIDTH = 28;

export function progressBar(name: string, stream: NodeJS.WriteStream = process.stderr): Bar {
  const bar = new cliProgress.SingleBar(
    {
      format: `${name} [{bar}] {percentage}% {duration_formatted} {message}`,
      barsize: BAR_WIDTH,
      hideCursor: true,
      noTTYOutput: !stream.isTTY,
      notTTYSchedule: 10_000,
      stream,
    },
    cliProgress.Presets.shades_classic,
  );
  const room = () => Math.max((stream.columns ?? 100) - name.length - BAR_WIDTH - 18, 12);
  let started = false;
  return {
    update({ phase, fraction, message }) {
      // Not before there is something to tell: a wrong name shows no bar
      if (!started) bar.start(UNITS, 0, { message: '' });
      started = true;
      const text = phase === 'compile' || phase === 'done' ? message : `${phase}: ${message}`;
      bar.update(Math.round(fraction * UNITS), { message: text.slice(0, room()) });
    },
    stop: () => {
      if (started) bar.stop();
      started = false;
    },
  };
}
