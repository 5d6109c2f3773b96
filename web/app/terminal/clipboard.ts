/** Copy and paste by command. Browsers may refuse both; the answer says what then works. */
import type { Terminal } from '@xterm/xterm';

/** Copies the selection; an answer is a reason why not. */
export async function copySelection(xterm: Terminal): Promise<string | undefined> {
  const text = xterm.getSelection();
  if (!text) return 'Nothing is selected';
  return copyText(text);
}

export async function copyText(text: string): Promise<string | undefined> {
  try {
    await navigator.clipboard.writeText(text);
    return undefined;
  } catch {
    return 'The browser did not allow copying';
  }
}

export async function pasteInto(xterm: Terminal): Promise<string | undefined> {
  try {
    xterm.paste(await navigator.clipboard.readText());
    return undefined;
  } catch {
    return 'The browser did not allow pasting here: press Ctrl+Shift+V';
  }
}
