/** The client's entry: `import { createMachine } from '…/web/client/index.ts'`. Types are in ./api.ts. */
export type * from './api.ts';
export { createMachine } from './create.ts';
export { preload } from './preload.ts';
export { AgentError, FileError, SIGNALS } from './agent/errors.ts';
export { identifyFile } from '../machine/boot/identify.ts';
export { ENGINE_DEFAULT, ENGINES } from '../machine/engines.ts';
export { describeRegion } from '../machine/describe-region.ts';
export { describeLockstep } from '../machine/lockstep/describe.ts';
export { inspectHeader, inspectSnapshot } from '../machine/snapshot/inspect.ts';
export { SnapshotError } from '../machine/snapshot/format.ts';
export { MACHINE_STATES_TO_SAVE } from '../machine/snapshot/format.ts';
export { formatSize, parseMemory, parseSize, MEMORY_DEFAULT } from '../machine/memory-size.ts';
