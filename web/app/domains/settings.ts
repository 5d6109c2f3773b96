/** What a visitor sets of a machine. Everything but memory and clock takes effect while it runs. */
import { ENGINE_DEFAULT, ENGINES } from '../../client/index.ts';
import type { ClockSource, EngineChoice } from '../../client/index.ts';

export interface Settings {
  /** Guest RAM like '128M'; undefined: what the image asks for. */
  readonly memory?: string | undefined;
  readonly engine: EngineChoice;
  /** Switches that are not at their defaults. */
  readonly acceleration: Readonly<Record<string, number>>;
  readonly clock: ClockSource;
  /** Of one host core, above 0 up to 1. */
  readonly cpuShare: number;
  /** Saved when the tab is hidden or closed, and resumed from there when the page is opened again. */
  readonly autosave: boolean;
}

export const SETTINGS_DEFAULT: Settings = {
  engine: ENGINE_DEFAULT,
  acceleration: {},
  clock: 'host',
  cpuShare: 1,
  autosave: false,
};

/** The engines to choose from. */
export const ENGINE_CHOICES = ENGINES.filter((engine) => engine !== 'lockstep');

/** The clocks to choose from, as the page calls them. */
export const CLOCK_NAMES: Readonly<Record<ClockSource, string>> = {
  host: 'Host',
  instructions: 'Instruction count',
};
