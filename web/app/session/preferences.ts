/** What the page remembers of a visitor: theme, image, machines. Works, forgetting, where storage is denied. */
type Key = 'theme' | 'image' | 'screen-reader' | 'resumed' | 'domains';

export const storageKey = (key: Key): string => `domzero.${key}`;

export function remembered(key: Key): string | null {
  try {
    return localStorage.getItem(storageKey(key));
  } catch {
    return null;
  }
}

export function remember(key: Key, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(storageKey(key));
    else localStorage.setItem(storageKey(key), value);
  } catch {
    // Storage is denied or full: nothing is remembered
  }
}
