/** The engines as the host chooses them, and the switches. */
import { dropAllRegions, dropPieces } from '../jit/regions';
import { initCounters } from '../counters';
import { forgetEnvironments } from '../jit/mode';
import { forgetFunctions } from '../jit/module';
import { initRecords, watch } from '../jit/records';
import { changeSwitch, initSwitches, Switch, switchValue } from '../jit/switches';
import { setMoveWhole } from '../memory/bulk';
import { onCodeWrite } from '../memory/code-pages';
import { shutWindow } from '../cpu/window';
import { noteShapeChange } from '../cpu/shape';
import { isTranslating, setTranslating } from './dispatch';

export namespace Engine {
  export const Interpreter: u32 = 0;
  export const Translator: u32 = 1;
}

// The host reads the texts, and may change values, before the machine has power
initSwitches();
initCounters();
initRecords();

/** Once, at power-on. */
export function initEngine(): void {
  onCodeWrite(dropWritten);
}
/** Code is about to be written: its regions go, and whoever runs one leaves it after this instruction. */
function dropWritten(page: usize, pieces: u64): void {
  dropPieces(page, pieces);
  shutWindow();
}
/** Any time between two calls of `run`. */
export function setEngine(engine: u32): void {
  setTranslating(engine == Engine.Translator);
  if (engine != Engine.Translator) forgetCode();
}
/** Drops all translated code: RAM has changed behind the core's back, or code would now be made in another way. */
export function forgetCode(): void {
  dropAllRegions();
  forgetFunctions();
  forgetEnvironments();
  noteShapeChange();
  setTranslating(isTranslating());
}
/** 1: done; 0: there is no such switch, or it does not take the value. */
export function setSwitch(i: u32, value: u32): u32 {
  if (!changeSwitch(i, value)) return 0;
  if (i == Switch.Idle) return 1;
  setMoveWhole(switchValue(Switch.Strings) != 0);
  forgetCode();
  return 1;
}
/**
 * Keeps the next region that begins at `linear`, or `within`: that contains it, for the host to look at
 * (jit/records.ts). Those made so far go, so that it is made again.
 */
export function watchRegion(linear: u64, within: u32): void {
  watch(linear, within != 0);
  forgetCode();
}
