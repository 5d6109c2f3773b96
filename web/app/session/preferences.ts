/** What the page remembers of a visitor: theme, image, screen reader mode. Works, forgetting, where storage is denied. */
type Key = 'theme' | 'image' | 'screen-reader' | 'resumed';

export function remembered(key: Key): string | null {
  try {
    return localStorage.getItem(`domzero.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: Key, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`domzero.${key}`);
    else localStorage.setItem(`domzero.${key}`, value);
  } catch {
    // Storage is denied or full: nothing is remembered
  }
}
