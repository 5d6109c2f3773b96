/**
 * The A20 gate. The keyboard controller and port 92h each hold A20 open; address bit 20 is forced to 0 only while
 * neither does (82371SB data sheet, port 92h: the two are ORed).
 */
import { bits } from '../bus/section';
import { cpu } from '../cpu/state';
import { shutWindow } from '../cpu/window';
import { flushAll } from '../memory/tlb';
import { A20 } from './map';

export namespace A20Source {
  export const KeyboardController: u32 = 1;
  export const Port92: u32 = 2;
}


@unmanaged
class State {
  /** A20Source bits that hold the gate open. */
  open: u32;
}
// @ts-ignore: decorator
@inline const state: State = changetype<State>(A20);

const OPEN: u64 = ~(<u64>0);
const SHUT: u64 = ~((<u64>1) << 20);

export function setA20(source: u32, open: bool): void {
  state.open = open ? state.open | source : state.open & ~source;
  settle();
}
export function persist(): void {
  state.open = bits(state.open, A20Source.KeyboardController | A20Source.Port92);
  settle();
}
function settle(): void {
  const mask = state.open ? OPEN : SHUT;
  if (cpu.a20Mask == mask) return;
  cpu.a20Mask = mask;
  flushAll();
  shutWindow();
}
