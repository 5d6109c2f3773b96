/**
 * The images on offer. Two sources with one face: the server of `npm start` (it lists, builds, and reports by
 * server-sent events; it announces itself with a <meta name="domzero-api">), and, on any static host, the index file
 * beside the images.
 */
import type { Guest } from './guest.ts';
import type { LibraryImage, LibraryState } from './library-protocol.ts';
import { remembered } from './preferences.ts';

export type { LibraryImage, LibraryState };

export class Library {
  state: LibraryState = { images: [] };
  loaded = false;
  private readonly api = document.querySelector<HTMLMetaElement>('meta[name="domzero-api"]')?.content;
  /** On its way while the page is still being made. */
  private readonly answer = this.api === undefined ? readIndex() : readApi(this.api);
  /** Resolves when the list is there, or cannot be had. */
  readonly ready = this.answer.then(
    () => undefined,
    () => undefined,
  );
  private readonly listeners = new Set<() => void>();
  private readonly logListeners = new Set<(line: string) => void>();

  constructor() {
    // load() reports it; until then nobody waits for it
    this.answer.catch(() => undefined);
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Lines that a build prints. */
  onLog(listener: (line: string) => void): void {
    this.logListeners.add(listener);
  }

  /** True when missing images can be built from here. */
  get canBuild(): boolean {
    return this.api !== undefined;
  }

  /** On a first visit: what its machine will start from, before there is anything to make it with. Never rejects. */
  async fetchAhead(): Promise<void> {
    const state = await this.answer.catch(() => undefined);
    const image = state && firstImage(state);
    if (image?.state !== 'ready' || remembered('domains') !== null) return;
    const { booted } = guestOf(image);
    if (booted !== undefined) preloadFile(booted);
  }

  async load(): Promise<void> {
    this.become(await this.answer);
    if (this.api !== undefined) this.listen();
  }

  private listen(): void {
    const events = new EventSource(`${this.api}/images/events`);
    events.addEventListener('library', (event: MessageEvent<string>) =>
      this.become(JSON.parse(event.data) as LibraryState),
    );
    events.addEventListener('log', (event: MessageEvent<string>) => {
      for (const listener of this.logListeners) listener(JSON.parse(event.data) as string);
    });
  }

  async build(name: string): Promise<void> {
    if (this.api === undefined) throw new Error('this page has no server that builds images');
    const response = await fetch(`${this.api}/images/${encodeURIComponent(name)}/build`, { method: 'POST' });
    if (!response.ok) throw new Error(await response.text());
  }

  find(name: string | null | undefined): LibraryImage | undefined {
    return this.state.images.find((image) => image.name === name);
  }

  private become(state: LibraryState): void {
    this.state = state;
    this.loaded = true;
    for (const listener of this.listeners) listener();
  }
}

async function readApi(api: string): Promise<LibraryState> {
  const response = await fetch(`${api}/images`);
  if (!response.ok) throw new Error(`the server's list of images: ${response.status} ${response.statusText}`);
  return (await response.json()) as LibraryState;
}

/** The index beside the page. A host without images answers with an error, or with a page instead of a file. */
async function readIndex(): Promise<LibraryState> {
  const response = await fetch('images/index.json');
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) return { images: [] };
  return (await response.json()) as LibraryState;
}

/**
 * What to boot. An image that was asked for (by the address, by `npm start -- --image`) is waited for while it is being
 * built; otherwise the last choice or the default when they are ready, or whatever is.
 */
export function choose(
  { images, start }: LibraryState,
  asked: string | null,
  last: string | null,
): LibraryImage | undefined {
  const find = (name: string | null | undefined) => images.find((image) => image.name === name);
  for (const name of [asked, start]) {
    const image = find(name);
    if (image && image.state !== 'missing') return image;
  }
  const ready = [find(last), find('linux'), ...images].find((image) => image?.state === 'ready');
  return ready ?? images.find((image) => image.state === 'building');
}

export function guestOf(image: LibraryImage): Guest {
  const { name, kernel, initrd, commandLine, memory, agent } = image;
  if (!kernel) throw new Error(`the image ${name} is not built`);
  const booted = bootsCold() ? undefined : image.booted;
  return { name, kernel, initrd, commandLine, memory, agent, booted, image: true };
}

/** `?image=name` in the address. */
export function askedImage(): string | null {
  return new URLSearchParams(location.search).get('image');
}

/** What the first machine of a visitor boots, or waits for. */
export function firstImage(state: LibraryState): LibraryImage | undefined {
  return choose(state, askedImage(), remembered('image'));
}

/** The fetch() that follows takes it from there. */
function preloadFile(url: string): void {
  const link = document.createElement('link');
  Object.assign(link, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href: url });
  document.head.append(link);
}

/** `?boot=cold` in the address: no machine starts from the snapshot of a booted image. */
function bootsCold(): boolean {
  return new URLSearchParams(location.search).get('boot') === 'cold';
}
