/** What the translator has to know about instructions that only the interpreter has. */
import { peek } from '../cpu/window';

/** Does the instruction at the stream never go on with the next one? Far transfers, interrupts and their returns, HLT. */
export function neverContinues(): bool {
  let i: u32 = 0;
  while (i < 14 && isPrefix(peek(i))) i++;
  const op = peek(i);
  if (op == 0x0f) return isSystemTransfer(peek(i + 1));
  if (op == 0xff) return ((peek(i + 1) >> 3) & 5) == 1 && ((peek(i + 1) >> 3) & 7) > 1;
  return op == 0x9a || (op >= 0xca && op <= 0xcf && op != 0xce) || op == 0xea || op == 0xf1 || op == 0xf4;
}
/** SYSCALL, SYSRET, SYSENTER, SYSEXIT. */
function isSystemTransfer(op: u32): bool {
  return op == 0x05 || op == 0x07 || op == 0x34 || op == 0x35;
}
/** REX prefixes are INC and DEC in other code, which are not interpreted. */
function isPrefix(op: u32): bool {
  return (
    op == 0x26 ||
    op == 0x2e ||
    op == 0x36 ||
    op == 0x3e ||
    op >> 4 == 4 ||
    (op >= 0x64 && op <= 0x67) ||
    op == 0xf0 ||
    op == 0xf2 ||
    op == 0xf3
  );
}
