/**
 * The terminal: xterm.js with what the page wants of it. It owns drawing, size, selection and clipboard; what is
 * typed goes to `onInput`, what the guest says comes through write().
 *
 * The guest hears of the size only by asking (ESC [ 6 n after moving to the far corner, as `resize` and login scripts
 * do on a serial line); xterm.js answers that by itself.
 */
import { ClipboardAddon } from '@xterm/addon-clipboard';
import type { IClipboardProvider } from '@xterm/addon-clipboard';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { Screen } from '../domains/domain.ts';
import { paletteFor } from '../../terminal/palette.ts';
import { terminalText } from '../../terminal/text.ts';

/** OSC 52: a guest may fill the clipboard, as any program in a terminal; it may never read it. */
const clipboard: IClipboardProvider = {
  readText: () => '',
  writeText: (_selection, text) => navigator.clipboard?.writeText(text) ?? Promise.resolve(),
};

/**
 * The WebGL renderer sizes its canvas by device-pixel-content-box. Where that disagrees with devicePixelRatio (device
 * emulation in browsers' tools) it would draw outside of its canvas.
 */
function onPixelMismatch(element: Element, act: () => void): void {
  const observer = new ResizeObserver(([entry]) => {
    const device = entry?.devicePixelContentBoxSize?.[0]?.inlineSize;
    const expected = (entry?.contentRect.width ?? 0) * window.devicePixelRatio;
    if (device !== undefined && Math.abs(device - expected) > 2) act();
  });
  try {
    observer.observe(element, { box: 'device-pixel-content-box' });
  } catch {
    // The box is not known here, nor used by the renderer then
  }
}

/** Its advantage is much text, and setting it up takes longer than a machine needs to its first prompt. Milliseconds. */
const BEFORE_WEBGL = 3000;

export class TerminalView implements Screen {
  readonly xterm: Terminal;
  readonly search = new SearchAddon();
  /** What draws: tests and the machine panel show it. */
  renderer: 'webgl' | 'dom' = 'dom';
  private readonly fitAddon = new FitAddon();
  private observer: ResizeObserver | undefined;
  private opened = false;
  private disposed = false;

  /** Takes what is written from the start; it is drawn from open() on. */
  constructor(
    readonly container: HTMLElement,
    mode: 'light' | 'dark',
  ) {
    const style = getComputedStyle(container);
    this.xterm = new Terminal({
      fontFamily: style.getPropertyValue('--mono'),
      fontSize: window.matchMedia('(width < 480px)').matches ? 12 : 14,
      lineHeight: 1.2,
      scrollback: 10_000,
      cursorBlink: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      drawBoldTextInBrightColors: true,
      minimumContrastRatio: 4.5,
      macOptionIsMeta: true,
      rescaleOverlappingGlyphs: true,
      theme: paletteFor(container, mode),
      // For the search's highlights
      allowProposedApi: true,
    });
    this.xterm.loadAddon(this.fitAddon);
    this.xterm.loadAddon(this.search);
    this.xterm.loadAddon(new ClipboardAddon(undefined, clipboard));
    // Ctrl+Shift+V is the browser's paste, not a key for the guest
    this.xterm.attachCustomKeyEventHandler((event) => !(event.ctrlKey && event.shiftKey && event.code === 'KeyV'));
  }

  /** Draws in the container, which has to be visible: a hidden one has no size. */
  open(): void {
    if (this.opened) return;
    this.opened = true;
    this.xterm.open(this.container);
    setTimeout(() => void this.accelerate(), BEFORE_WEBGL);
    this.follow();
  }

  dispose(): void {
    this.disposed = true;
    this.xterm.dispose();
    this.observer?.disconnect();
  }

  /** WebGL where it works; at first, where there is none, and where its context gets lost, the DOM, which always works. */
  private async accelerate(): Promise<void> {
    try {
      const { WebglAddon } = await import('@xterm/addon-webgl');
      if (this.disposed) return;
      const webgl = new WebglAddon();
      const fallBack = () => {
        if (this.renderer === 'dom') return;
        webgl.dispose();
        this.renderer = 'dom';
      };
      webgl.onContextLoss(fallBack);
      this.xterm.loadAddon(webgl);
      this.renderer = 'webgl';
      onPixelMismatch(this.container, fallBack);
    } catch {
      this.renderer = 'dom';
    }
  }

  /** Fits the grid to the container, at once and whenever that changes; once a frame at most. */
  private follow(): void {
    this.fitAddon.fit();
    let frame = 0;
    this.observer = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => this.fit());
    });
    this.observer.observe(this.container);
  }

  /** Whoever saw the last line goes on seeing it. */
  private fit(): void {
    const { viewportY, baseY } = this.xterm.buffer.active;
    this.fitAddon.fit();
    if (viewportY >= baseY) this.xterm.scrollToBottom();
  }

  onInput(listener: (data: string | Uint8Array) => void): void {
    this.xterm.onData(listener);
    // Old mouse reports are bytes, not text
    this.xterm.onBinary((data) => listener(Uint8Array.from(data, (c) => c.charCodeAt(0))));
  }

  write(data: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.xterm.write(data, resolve));
  }

  /** A line of the page's own, dimmed, so that it is not taken for the guest's. */
  say(line: string): void {
    this.xterm.write(`\x1b[2m${line}\x1b[0m\r\n`);
  }

  reset(): void {
    this.xterm.reset();
  }

  setTheme(mode: 'light' | 'dark'): void {
    this.xterm.options.theme = paletteFor(this.container, mode);
  }

  /** Drawn as still when no guest will change it. */
  setStill(still: boolean): void {
    this.container.dataset['still'] = String(still);
  }

  get focused(): boolean {
    return this.container.contains(document.activeElement);
  }

  focus(): void {
    this.xterm.focus();
  }

  /** All lines, scrollback included. For find, tests and embedders. */
  text(): string {
    return terminalText(this.xterm);
  }
}
