/** What a terminal shows, as text. */
import type { Terminal } from '@xterm/xterm';

/** All lines, scrollback included, without trailing blanks; lines that were wrapped are whole again. */
export function terminalText(xterm: Terminal): string {
  const buffer = xterm.buffer.active;
  const lines: string[] = [];
  for (let i = 0; i < buffer.length; i++) {
    const line = buffer.getLine(i);
    const text = line?.translateToString(true) ?? '';
    if (line?.isWrapped) lines.push((lines.pop() ?? '') + text);
    else lines.push(text);
  }
  return lines.join('\n').trimEnd();
}
