/** The client's entry: `import { createMachine } from '…/web/client/index.ts'`. Types are in ./api.ts. */
export type * from './api.ts';
export { createMachine } from './create.ts';
export { AgentError, FileError } from './agent/errors.ts';
export { identifyFile } from '../machine/boot/identify.ts';
export { ENGINE_DEFAULT, ENGINES } from '../machine/engines.ts';
export { describeRegion } from '../machine/describe-region.ts';
export { describeLockstep } from '../machine/lockstep/describe.ts';
export { parseMemory, parseSize, MEMORY_DEFAULT } from '../machine/memory-size.ts';
