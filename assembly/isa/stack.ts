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
/** PUSH of segment register `s`. */
export function pushSelector<B, T>(b: B, s: u32): void {
  const sp = b.sub<u64>(b.stackPointer(), b.constant<u64>(sizeof<T>()));
  b.storeStack<T>(sp, b.convert<u32, T>(b.selector(s)));
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
/** Fails in virtual-8086 mode, where IOPL decides. */
export function pushFlags<B, T>(b: B): void {
  const v = b.pushableFlags();
  if (b.failed<Mem>()) return;
  const sp = b.sub<u64>(b.stackPointer(), b.constant<u64>(sizeof<T>()));
  b.storeStack<T>(sp, b.convert<u32, T>(v));
  if (b.failed<Mem>()) return;
  b.setStackPointer(sp);
}
export function pusha<B, T>(b: B): void {
  const sp = b.stackPointer();
  for (let r: u32 = 0; r < 8; r++) {
    b.storeStack<T>(b.sub<u64>(sp, b.constant<u64>((r + 1) * sizeof<T>())), b.readReg<T>(r << 3));
    if (b.failed<Mem>()) return;
  }
  b.setStackPointer(b.sub<u64>(sp, b.constant<u64>(8 * sizeof<T>())));
}
/** The stack's SP is read and skipped. All eight before any register changes. */
export function popa<B, T>(b: B): void {
  const sp = b.stackPointer();
  const di = b.loadStack<T>(sp);
  if (b.failed<Mem>()) return;
  const si = b.loadStack<T>(b.add<u64>(sp, b.constant<u64>(sizeof<T>())));
  if (b.failed<Mem>()) return;
  const bp = b.loadStack<T>(b.add<u64>(sp, b.constant<u64>(2 * sizeof<T>())));
  if (b.failed<Mem>()) return;
  b.loadStack<T>(b.add<u64>(sp, b.constant<u64>(3 * sizeof<T>())));
  if (b.failed<Mem>()) return;
  const bx = b.loadStack<T>(b.add<u64>(sp, b.constant<u64>(4 * sizeof<T>())));
  if (b.failed<Mem>()) return;
  const dx = b.loadStack<T>(b.add<u64>(sp, b.constant<u64>(5 * sizeof<T>())));
  if (b.failed<Mem>()) return;
  const cx = b.loadStack<T>(b.add<u64>(sp, b.constant<u64>(6 * sizeof<T>())));
  if (b.failed<Mem>()) return;
  const ax = b.loadStack<T>(b.add<u64>(sp, b.constant<u64>(7 * sizeof<T>())));
  if (b.failed<Mem>()) return;
  b.writeReg<T>(Gpr.RDI << 3, di);
  b.writeReg<T>(Gpr.RSI << 3, si);
  b.writeReg<T>(Gpr.RBP << 3, bp);
  b.writeReg<T>(Gpr.RBX << 3, bx);
  b.writeReg<T>(Gpr.RDX << 3, dx);
  b.writeReg<T>(Gpr.RCX << 3, cx);
  b.writeReg<T>(Gpr.RAX << 3, ax);
  b.setStackPointer(b.add<u64>(sp, b.constant<u64>(8 * sizeof<T>())));
}
