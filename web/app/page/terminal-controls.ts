/** What the page adds around the terminal: its context menu, and the switch for screen readers. */
import { byId } from '../dom.ts';
import { remember, remembered } from '../session/preferences.ts';
import { ContextMenu } from '../terminal/context-menu.ts';
import type { TerminalView } from '../terminal/terminal.ts';
import type { Terminals } from '../terminal/terminals.ts';
import type { CommandName } from './commands.ts';

export function addContextMenu(shown: () => TerminalView, run: (command: CommandName) => void): void {
  const xterm = () => shown().xterm;
  new ContextMenu(shown, byId('terminal'), [
    { label: 'Copy', key: 'Ctrl+Shift+C', enabled: () => xterm().hasSelection(), run: () => run('copy') },
    { label: 'Paste', key: 'Ctrl+Shift+V', run: () => run('paste') },
    { label: 'Select all', run: () => xterm().selectAll() },
    { label: 'Find', key: 'Ctrl+Shift+F', run: () => run('find') },
    { label: 'Clear scrollback', run: () => xterm().clear() },
  ]);
}

export function bindScreenReaderMode(terminals: Terminals): void {
  const box = byId<HTMLInputElement>('screen-reader');
  const apply = () => terminals.setScreenReaderMode(box.checked);
  box.checked = remembered('screen-reader') === 'on';
  box.addEventListener('change', () => {
    remember('screen-reader', box.checked ? 'on' : undefined);
    apply();
  });
  apply();
}
