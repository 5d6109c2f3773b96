/**
 * The console as text to search: UTF-8 decoded, escape sequences removed (people write patterns for what they see),
 * lines ending in LF alone.
 */

const ESCAPE = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]+[0-~]|\x1b[0-Z\\^-~]/g;
/** The beginning of such a sequence, or of CR LF, at the end of what has arrived. */
const UNFINISHED = /(?:\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,256}\x1b?|[ -/]*)|\r)$/;
/** A pattern looks back at most this far. */
const WINDOW = 64 * 1024;
const LINES = 200;

export class ConsoleText {
  private readonly decoder = new TextDecoder();
  private held = '';
  private unmatched = '';
  private recent = '';

  add(bytes: Uint8Array): void {
    const raw = this.held + this.decoder.decode(bytes, { stream: true });
    this.held = UNFINISHED.exec(raw)?.[0] ?? '';
    const text = raw
      .slice(0, raw.length - this.held.length)
      .replace(ESCAPE, '')
      .replaceAll('\r\n', '\n');
    this.unmatched = (this.unmatched + text).slice(-WINDOW);
    this.recent = (this.recent + text).slice(-WINDOW);
  }
  /** Looks for the pattern behind the last match; what matched counts as read. */
  match(pattern: RegExp): boolean {
    const found = pattern.exec(this.unmatched);
    if (!found) return false;
    this.unmatched = this.unmatched.slice(found.index + found[0].length);
    return true;
  }
  /** What was shown, up to 64 KiB of it. */
  get all(): string {
    return this.recent;
  }
  /** The last lines seen, without empty ones at the end. */
  lastLines(count: number): string[] {
    return this.recent.trimEnd().split('\n').slice(-Math.min(count, LINES));
  }
}
