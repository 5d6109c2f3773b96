/**
 * The page's commands: one table for buttons (data-command), keyboard and help.
 *
 * Shortcuts are Ctrl+Alt with a letter, which programs on a serial console do not use, by position on the keyboard
 * (KeyboardEvent.code), so that they work in every layout. AltGr, which Windows reports as Ctrl+Alt, is not taken.
 * What a terminal user expects otherwise (find, copy, paste) is Ctrl+Shift as in other terminals.
 */
export type CommandName =
  | 'pause'
  | 'reset'
  | 'power'
  | 'images'
  | 'open'
  | 'snapshots'
  | 'machine'
  | 'machines'
  | 'next'
  | 'previous'
  | 'tiles'
  | 'inspector'
  | 'palette'
  | 'rename'
  | 'find'
  | 'copy'
  | 'paste'
  | 'focus'
  | 'theme'
  | 'help';

export interface Shortcut {
  readonly command: CommandName;
  readonly keys: readonly string[];
  /** KeyboardEvent.code; undefined where another part of the page or the browser handles the keys. */
  readonly code?: string;
  readonly modifier?: 'alt' | 'shift';
  readonly about: string;
}

const ctrlAlt = (command: CommandName, letter: string, about: string): Shortcut => ({
  command,
  keys: ['Ctrl', 'Alt', letter],
  code: `Key${letter}`,
  modifier: 'alt',
  about,
});

const ctrlShift = (command: CommandName, letter: string, about: string): Shortcut => ({
  command,
  keys: ['Ctrl', 'Shift', letter],
  code: `Key${letter}`,
  modifier: 'shift',
  about,
});

export const shortcuts: readonly Shortcut[] = [
  ctrlAlt('focus', 'G', 'Leave or enter the terminal'),
  ctrlAlt('pause', 'P', 'Pause or resume'),
  ctrlAlt('reset', 'R', 'Reset'),
  ctrlAlt('power', 'S', 'Switch on or off'),
  ctrlAlt('palette', 'K', 'All commands'),
  ctrlAlt('images', 'I', 'New machine from an image'),
  ctrlAlt('open', 'O', 'Open a kernel of your own'),
  ctrlAlt('snapshots', 'E', 'Snapshots'),
  ctrlAlt('machines', 'B', 'List of machines'),
  ctrlAlt('next', 'J', 'Next machine'),
  ctrlAlt('previous', 'U', 'Previous machine'),
  ctrlAlt('tiles', 'V', 'All terminals, or one'),
  ctrlAlt('machine', 'M', 'This machine'),
  ctrlAlt('inspector', 'A', 'Switches and charts'),
  ctrlAlt('theme', 'N', 'Theme: system, light, dark'),
  ctrlAlt('help', 'H', 'This help'),
  ctrlShift('find', 'F', 'Find in the terminal'),
  ctrlShift('copy', 'C', 'Copy the selection'),
  // The browser's own paste, which needs no permission: only kept from the guest
  { command: 'paste', keys: ['Ctrl', 'Shift', 'V'], about: 'Paste' },
];

/** The shortcut that a key event is, if any. */
export function shortcutOf(event: KeyboardEvent): Shortcut | undefined {
  if (!event.ctrlKey || event.metaKey || event.getModifierState('AltGraph')) return undefined;
  const modifier = event.altKey && !event.shiftKey ? 'alt' : event.shiftKey && !event.altKey ? 'shift' : undefined;
  return shortcuts.find((shortcut) => shortcut.code === event.code && shortcut.modifier === modifier);
}

/** Binds keyboard and buttons. Keys are taken before the terminal sees them. `pointer`: a mouse or finger did it. */
export function bindCommands(run: (command: CommandName, pointer: boolean) => void): void {
  window.addEventListener(
    'keydown',
    (event) => {
      const shortcut = shortcutOf(event);
      if (!shortcut) return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) run(shortcut.command, false);
    },
    { capture: true },
  );
  for (const button of document.querySelectorAll<HTMLElement>('[data-command]')) {
    const command = button.dataset['command'] as CommandName;
    const keys = shortcuts.find((shortcut) => shortcut.command === command)?.keys.join('+');
    const name = button.getAttribute('aria-label');
    if (button.classList.contains('tool')) button.title = [name, keys && `(${keys})`].filter(Boolean).join(' ');
    if (keys) button.setAttribute('aria-keyshortcuts', keys.replace('Ctrl', 'Control'));
    // A button with a popovertarget opens its panel by itself
    if (button.hasAttribute('popovertarget')) continue;
    // A click made by a key counts none
    button.addEventListener('click', (event) => run(command, event.detail > 0));
  }
}
