/**
 * The sixteen ANSI colours in both themes. Background and foreground come from the style sheet (--screen); text that a
 * guest puts on an unlucky background is lifted to a legible contrast by xterm.js's minimumContrastRatio.
 */
import type { ITheme } from '@xterm/xterm';

const dark: ITheme = {
  black: '#23272e',
  red: '#f2777a',
  green: '#86cf92',
  yellow: '#e6c072',
  blue: '#7aaaf2',
  magenta: '#c897ec',
  cyan: '#6ccbd3',
  white: '#d2d6db',
  brightBlack: '#737b87',
  brightRed: '#ff9d9e',
  brightGreen: '#a8e6b0',
  brightYellow: '#ffdc92',
  brightBlue: '#a0c5ff',
  brightMagenta: '#ddb6ff',
  brightCyan: '#94e4eb',
  brightWhite: '#ffffff',
  cursor: '#5cc8a8',
  cursorAccent: '#101215',
  selectionBackground: '#2f5d8a',
  selectionInactiveBackground: '#2b3a4a',
  scrollbarSliderBackground: 'rgba(255,255,255,0.14)',
  scrollbarSliderHoverBackground: 'rgba(255,255,255,0.24)',
  scrollbarSliderActiveBackground: 'rgba(255,255,255,0.3)',
};

const light: ITheme = {
  black: '#1d2025',
  red: '#b3261e',
  green: '#1d7a36',
  yellow: '#866000',
  blue: '#1f57c3',
  magenta: '#8430ad',
  cyan: '#0b6f80',
  white: '#d5d7da',
  brightBlack: '#646b75',
  brightRed: '#c9342a',
  brightGreen: '#237f3e',
  brightYellow: '#946a00',
  brightBlue: '#2c67d8',
  brightMagenta: '#9a42c6',
  brightCyan: '#0f7789',
  brightWhite: '#f4f4f1',
  cursor: '#0a7458',
  cursorAccent: '#fdfdfb',
  selectionBackground: '#b9d6f7',
  selectionInactiveBackground: '#dfe5ec',
  scrollbarSliderBackground: 'rgba(20,24,30,0.16)',
  scrollbarSliderHoverBackground: 'rgba(20,24,30,0.28)',
  scrollbarSliderActiveBackground: 'rgba(20,24,30,0.36)',
};

/** The theme for a container whose style is resolved (its colours say which of the two is on). */
export function paletteFor(container: Element, mode: 'light' | 'dark'): ITheme {
  const { backgroundColor, color } = getComputedStyle(container);
  return { ...(mode === 'dark' ? dark : light), background: backgroundColor, foreground: color };
}

/** Colours of found text; xterm.js wants #rrggbb here. */
export function findColours(mode: 'light' | 'dark') {
  return mode === 'dark'
    ? {
        matchBackground: '#5c4a1c',
        matchOverviewRuler: '#e6c072',
        activeMatchBackground: '#a8741a',
        activeMatchColorOverviewRuler: '#ffdc92',
      }
    : {
        matchBackground: '#f6e3ae',
        matchOverviewRuler: '#c49a28',
        activeMatchBackground: '#f0b73f',
        activeMatchColorOverviewRuler: '#8f5b00',
      };
}
