/** The element's terminal: xterm.js, loaded when it is first needed, as large as its container. */
import type { Terminal } from '@xterm/xterm';
import { paletteFor } from '../terminal/palette.ts';
import { terminalText } from '../terminal/text.ts';

/** The key that takes the focus out of the terminal, where Tab is the guest's. */
export const isLeaveKey = (event: KeyboardEvent) => event.ctrlKey && event.altKey && event.code === 'KeyG';

export class VmTerminal {
  private readonly stop: (() => void)[] = [];

  private constructor(
    private readonly xterm: Terminal,
    private readonly container: HTMLElement,
  ) {}

  /** Several on a page: drawn by the DOM, since browsers give a page few WebGL contexts. */
  static async open(container: HTMLElement, signal: AbortSignal): Promise<VmTerminal> {
    const [{ Terminal }, { FitAddon }] = await Promise.all([import('@xterm/xterm'), import('@xterm/addon-fit')]);
    signal.throwIfAborted();
    const style = getComputedStyle(container);
    const xterm = new Terminal({
      fontFamily: style.fontFamily,
      fontSize: parseFloat(style.fontSize) || 14,
      lineHeight: 1.2,
      scrollback: 5000,
      cursorBlink: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      drawBoldTextInBrightColors: true,
      minimumContrastRatio: 4.5,
      macOptionIsMeta: true,
    });
    const fit = new FitAddon();
    xterm.loadAddon(fit);
    xterm.open(container);
    const terminal = new VmTerminal(xterm, container);
    terminal.follow(() => fit.fit());
    terminal.paint();
    xterm.attachCustomKeyEventHandler((event) => terminal.isForGuest(event));
    return terminal;
  }

  /** Fits the grid to the container, and takes its colours: their transition tells when they have changed. */
  private follow(fit: () => void): void {
    let frame = 0;
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(fit);
    });
    const paint = (event: TransitionEvent) => event.target === this.container && this.paint();
    fit();
    observer.observe(this.container);
    this.container.addEventListener('transitionend', paint);
    this.stop.push(
      () => observer.disconnect(),
      () => cancelAnimationFrame(frame),
      () => this.container.removeEventListener('transitionend', paint),
    );
  }

  private paint(): void {
    // The style sheet sets this to one of the two, by light-dark()
    const dark = getComputedStyle(this.container).outlineColor === 'rgb(255, 255, 255)';
    this.xterm.options.theme = paletteFor(this.container, dark ? 'dark' : 'light');
  }

  /** Paste and copy are the browser's, as in other terminals; the leave key is the element's. */
  private isForGuest(event: KeyboardEvent): boolean {
    if (event.ctrlKey && event.shiftKey && event.code === 'KeyC' && this.xterm.hasSelection()) {
      if (event.type === 'keydown')
        void navigator.clipboard?.writeText(this.xterm.getSelection()).catch(() => undefined);
      event.preventDefault();
      return false;
    }
    return !(event.ctrlKey && event.shiftKey && event.code === 'KeyV') && !isLeaveKey(event);
  }

  onInput(listener: (data: string | Uint8Array) => void): void {
    this.xterm.onData(listener);
    // Old mouse reports are bytes, not text
    this.xterm.onBinary((data) => listener(Uint8Array.from(data, (c) => c.charCodeAt(0))));
  }
  /** Resolves when the bytes are drawn. */
  write(data: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.xterm.write(data, resolve));
  }
  set screenReader(on: boolean) {
    this.xterm.options.screenReaderMode = on;
  }
  reset(): void {
    this.xterm.reset();
  }
  focus(): void {
    this.xterm.focus();
  }
  text(): string {
    return terminalText(this.xterm);
  }
  dispose(): void {
    for (const stop of this.stop) stop();
    this.xterm.dispose();
  }
}
