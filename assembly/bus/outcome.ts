/**
 * What the machine as a whole has been told to do: stop being on. Devices (power management, reset logic, debug exit)
 * and the CPU (triple fault) raise it; the run loop looks when the fetch window is shut and returns it to the host,
 * which acts. Numbers are the status of `run`. The first request counts until it is cleared.
 */
import { shutWindow } from '../cpu/window';
import { OUTCOME } from '../layout';

export namespace Outcome {
  export const None: u32 = 0;
  export const PoweredOff: u32 = 2;
  export const DebugExit: u32 = 3;
  export const Reset: u32 = 5;
}


@unmanaged
class State {
  kind: u32;
  code: u32;
}
// @ts-ignore: decorator
@inline const state: State = changetype<State>(OUTCOME);

export function request(kind: u32, code: u32 = 0): void {
  if (state.kind == Outcome.None) {
    state.kind = kind;
    state.code = code;
  }
  shutWindow();
}
export function outcome(): u32 {
  return state.kind;
}
/** Exit code of Outcome.DebugExit. */
export function outcomeCode(): u32 {
  return state.code;
}
export function clearOutcome(): void {
  state.kind = Outcome.None;
  state.code = 0;
}

/** Transient: the slice is to end early so that the host can take what a device holds for it. */
let yielding: bool = false;

export function yieldToHost(): void {
  yielding = true;
  shutWindow();
}
export function takeYield(): bool {
  const y = yielding;
  yielding = false;
  return y;
}
