/** The stack (SDM 1 6.2): every access first, then the stack pointer, so that a fault changes nothing. */
import { Gpr } from '../cpu/state';
import { Mem } from './kinds';

// @ts-ignore: decorator
@inline export function push<B, T, S>(b: B, s: u64): void {
  const v = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const sp = b.sub<u64>(b.stackPointer(), b.constant<u64>(sizeof<T>()));
  b.storeStack<T>(sp, v);
  if (b.failed<Mem>()) return;
  b.setStackPointer(sp);
}
// @ts-ignore: decorator
@inline export function pop<B, T>(b: B, d: u32): void {
  const sp = b.stackPointer();
  const v = b.loadStack<T>(sp);
  if (b.failed<Mem>()) return;
  b.setStackPointer(b.add<u64>(sp, b.constant<u64>(sizeof<T>())));
  b.writeReg<T>(d, v);
}
export function leave<B, T>(b: B): void {
  const frame = b.readReg<u64>(Gpr.RBP << 3);
  const v = b.loadStack<T>(frame);
  if (b.failed<Mem>()) return;
  b.setStackPointer(b.add<u64>(frame, b.constant<u64>(sizeof<T>())));
  b.writeReg<T>(Gpr.RBP << 3, v);
}
