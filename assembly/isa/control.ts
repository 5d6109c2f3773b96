/**
 * Near control transfer (SDM 1 7.3.8). T is the operand size, which is also the width of the return address. A target
 * beyond the code segment raises #GP before anything changes.
 */
import { Gpr } from '../cpu/state';
import { here, ripAt } from '../cpu/window';
import { isLong, Mem } from './kinds';

/**
 * The target of a relative branch by `d`, the next instruction being at host address `next`; truncated as the operand
 * size says (SDM 2A JMP).
 */
// @ts-ignore: decorator
@inline export function relativeAt<T, X>(next: u64, d: i64): u64 {
  if (isLong<X>()) return ripAt(next) + d;
  return sizeof<T>() == 2 ? <u64>(<u16>(ripAt(next) + d)) : <u64>(<u32>(ripAt(next) + d));
}
/** The same when all of the instruction has been fetched. */
// @ts-ignore: decorator
@inline export function relative<T, X>(d: i64): u64 {
  return relativeAt<T, X>(here(), d);
}
// @ts-ignore: decorator
@inline export function jcc<B>(b: B, cc: u32, target: u64): void {
  b.branch(b.condition(cc), target);
}
// @ts-ignore: decorator
@inline export function jmp<B>(b: B, target: u64): void {
  b.jump(target);
}
export function jmpIndirect<B, T, S>(b: B, s: u64): void {
  const target = b.read<T, S>(s);
  if (b.failed<S>()) return;
  b.jumpTo(b.convert<T, u64>(target));
}
export function call<B, T>(b: B, target: u64): void {
  if (b.outside(b.always(), target)) return;
  const sp = b.sub<u64>(b.stackPointer(), b.constant<u64>(sizeof<T>()));
  b.storeStack<T>(sp, b.constant<T>(b.next()));
  if (b.failed<Mem>()) return;
  b.setStackPointer(sp);
  b.expectReturn(b.next());
  b.jump(target);
}
export function callIndirect<B, T, S>(b: B, s: u64): void {
  const v = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const target = b.convert<T, u64>(v);
  if (b.outsideTo(target)) return;
  const sp = b.sub<u64>(b.stackPointer(), b.constant<u64>(sizeof<T>()));
  b.storeStack<T>(sp, b.constant<T>(b.next()));
  if (b.failed<Mem>()) return;
  b.setStackPointer(sp);
  b.expectReturn(b.next());
  b.jumpTo(target);
}
/** RET, and RET imm16, which then releases `extra` bytes. */
export function ret<B, T>(b: B, extra: u32): void {
  const sp = b.stackPointer();
  const v = b.loadStack<T>(sp);
  if (b.failed<Mem>()) return;
  const target = b.convert<T, u64>(v);
  if (b.outsideTo(target)) return;
  b.setStackPointer(b.add<u64>(sp, b.constant<u64>(sizeof<T>() + extra)));
  b.returnTo(target);
}
/** LOOP, LOOPE, LOOPNE (`cc` 16: always, else the condition): A is the address size. */
export function loop<B, A>(b: B, cc: u32, target: u64): void {
  const n = b.sub<A>(b.readReg<A>(Gpr.RCX << 3), b.constant<A>(1));
  const more = b.not(b.isZero<A>(n));
  const taken = cc == 16 ? more : b.both(more, b.condition(cc));
  if (b.outside(taken, target)) return;
  b.writeReg<A>(Gpr.RCX << 3, n);
  b.branch(taken, target);
}
export function jcxz<B, A>(b: B, target: u64): void {
  b.branch(b.isZero<A>(b.readReg<A>(Gpr.RCX << 3)), target);
}
