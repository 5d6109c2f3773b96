/** The core with its translator: all that index.ts exports, the translator, and what translated code calls. */
export * from '../index';
export { MODULE } from './emit';
export { jitFinish, jitMulOverflows, jitPrepare, jitRead, jitWrite } from './entry';
export { translateBlock, translatedInstructions, translationRefusal } from './translate';
