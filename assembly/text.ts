/** Small texts in memory that the host reads: ASCII, lines, ended by a zero byte. */

export function writeText(at: usize, text: string): void {
  for (let i = 0; i < text.length; i++) store<u8>(at + i, text.charCodeAt(i));
  store<u8>(at + text.length, 0);
}
/** Where line `n` begins. */
export function lineOf(at: usize, n: u32): usize {
  let p = at;
  for (let left = n; left; p++) if (load<u8>(p) == 0x0a) left--;
  return p;
}
/** The number behind the `n`-th space from `at`. */
export function numberAfter(at: usize, n: u32): u32 {
  let p = at;
  for (let left = n; left; p++) if (load<u8>(p) == 0x20) left--;
  let v: u32 = 0;
  for (; load<u8>(p) > 0x20; p++) v = v * 10 + load<u8>(p) - 0x30;
  return v;
}
