/** `domzero exec`: its options. */
import type { AccelerationSettings, Engine } from '../../client/index.ts';
import type { BootOptions } from '../run/options.ts';

export interface ExecCommandOptions extends BootOptions {
  readonly engine: Engine;
  readonly accel?: AccelerationSettings;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly limitMemory?: string;
  readonly limitProcesses?: number;
  readonly limitOutput?: string;
  readonly console?: boolean;
}
