/**
 * The attributes of <domzero-vm> as properties, and its events as types. In Node, where there is no HTMLElement, the
 * module still loads: what renders pages on a server may import it.
 */
import type { VmEventMap } from './events.ts';

/** Attributes that say what to boot: a change of one makes a new machine. */
export const SOURCE = ['image', 'images', 'kernel', 'initrd', 'command-line', 'memory', 'snapshot', 'boot'] as const;
export const ATTRIBUTES = [...SOURCE, 'engine', 'autostart', 'loading', 'theme', 'label', 'screen-reader'] as const;
/** Properties that a script may have set before the element was defined. */
export const PROPERTIES = [
  'image', 'images', 'kernel', 'initrd', 'commandLine', 'memory', 'snapshot', 'boot', 'engine', 'autostart', 'loading',
  'theme', 'label', 'screenReader', 'options',
] as const; // prettier-ignore

/** A listener of one of the element's events, as a method sees it. */
export type VmListener<T, K extends keyof VmEventMap> = (this: T, event: VmEventMap[K]) => unknown;

const Base: typeof HTMLElement = globalThis.HTMLElement ?? class {};

/** The attributes of `<domzero-vm>` as properties; text attributes are '' when absent. */
export class VmAttributes extends Base {
  /** Name of a guest image: a folder below `images` with a manifest.json. */
  get image(): string {
    return this.read('image');
  }
  set image(name: string) {
    this.setAttribute('image', name);
  }
  /** Where the images are, relative to the page; `images/` when absent. */
  get images(): string {
    return this.read('images');
  }
  set images(url: string) {
    this.setAttribute('images', url);
  }
  /** URL of a kernel, relative to the page; instead of an image, or in place of the image's. */
  get kernel(): string {
    return this.read('kernel');
  }
  set kernel(url: string) {
    this.setAttribute('kernel', url);
  }
  /** URL of an initial RAM disk, relative to the page. */
  get initrd(): string {
    return this.read('initrd');
  }
  set initrd(url: string) {
    this.setAttribute('initrd', url);
  }
  /** The kernel's command line, attribute `command-line`; the image's when absent. */
  get commandLine(): string {
    return this.read('command-line');
  }
  set commandLine(text: string) {
    this.setAttribute('command-line', text);
  }
  /** Guest RAM like '128M'; the image's, or 128M, when absent. */
  get memory(): string {
    return this.read('memory');
  }
  set memory(size: string) {
    this.setAttribute('memory', size);
  }
  /** URL of a saved machine, relative to the page: it goes on instead of booting. Image or kernel are then for a reset. */
  get snapshot(): string {
    return this.read('snapshot');
  }
  set snapshot(url: string) {
    this.setAttribute('snapshot', url);
  }
  /** 'cold': the kernel boots, even where the image comes with a snapshot of itself booted. */
  get boot(): 'auto' | 'cold' {
    return this.read('boot') === 'cold' ? 'cold' : 'auto';
  }
  set boot(how: 'auto' | 'cold') {
    this.setAttribute('boot', how);
  }
  /** 'auto' (when absent), 'jit', 'interpreter' or 'lockstep'. All but the last can be changed while the machine runs. */
  get engine(): string {
    return this.read('engine');
  }
  set engine(engine: string) {
    this.setAttribute('engine', engine);
  }
  /** The machine starts by itself. */
  get autostart(): boolean {
    return this.hasAttribute('autostart');
  }
  set autostart(on: boolean) {
    this.toggleAttribute('autostart', on);
  }
  /** 'lazy': `autostart` waits until the element is scrolled near the visible part of the page. */
  get loading(): 'eager' | 'lazy' {
    return this.read('loading') === 'lazy' ? 'lazy' : 'eager';
  }
  set loading(when: 'eager' | 'lazy') {
    this.setAttribute('loading', when);
  }
  /** 'light' or 'dark'; 'auto' follows the page's color-scheme. */
  get theme(): 'auto' | 'light' | 'dark' {
    const theme = this.read('theme');
    return theme === 'light' || theme === 'dark' ? theme : 'auto';
  }
  set theme(theme: 'auto' | 'light' | 'dark') {
    this.setAttribute('theme', theme);
  }
  /** What the terminal is called for screen readers; made of the image's name when absent. */
  get label(): string {
    return this.read('label');
  }
  set label(text: string) {
    this.setAttribute('label', text);
  }
  /** Keeps a copy of the terminal's lines that screen readers can read, attribute `screen-reader`; slower. */
  get screenReader(): boolean {
    return this.hasAttribute('screen-reader');
  }
  set screenReader(on: boolean) {
    this.toggleAttribute('screen-reader', on);
  }

  private read(name: (typeof ATTRIBUTES)[number]): string {
    return this.getAttribute(name) ?? '';
  }

  /** As of every element; knows the types of this element's events. */
  override addEventListener<K extends keyof VmEventMap>(
    type: K,
    listener: VmListener<this, K>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener, options);
  }
  /** As of every element; knows the types of this element's events. */
  override removeEventListener<K extends keyof VmEventMap>(
    type: K,
    listener: VmListener<this, K>,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, listener, options);
  }
}
