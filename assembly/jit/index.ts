/** What the translator adds to the exports of index.ts: itself, and what translated code calls. */
export { MODULE } from './emit';
export { jitFinish, jitMulOverflows, jitPrepare, jitRead, jitWrite } from './entry';
export { translateBlock, translatedInstructions, translationRefusal } from './translate';
