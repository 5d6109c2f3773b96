/** From attributes to what createMachine() takes. An image is a folder with a manifest.json (docs/images.md). */
import type { MachineOptions } from '../client/index.ts';
import type { VmAttributes } from './attributes.ts';

/** What the element hands to createMachine() beside its attributes: clock, acceleration, wasmUrl … */
export type VmOptions = Partial<Omit<MachineOptions, 'onProgress' | 'signal'>>;

/** Attributes win over the image's manifest, `options` over both. */
export async function guestOf(vm: VmAttributes, options: VmOptions, signal: AbortSignal): Promise<MachineOptions> {
  const image = vm.image && !options.kernel ? await fetchImage(vm.image, vm.images || 'images/', signal) : undefined;
  const { kernel, initrd, commandLine, memory, engine, snapshot } = vm;
  const given = { kernel, initrd, commandLine, memory, engine, snapshot };
  const attributes = Object.entries(given).filter(([, value]) => value);
  const asItIs = IN_SNAPSHOT.every((name) => !given[name as keyof typeof given] && options[name] === undefined);
  const booted = asItIs && vm.boot !== 'cold' ? image?.booted : undefined;
  const guest = { ...image, booted, ...Object.fromEntries(attributes), ...options } as MachineOptions;
  // A saved machine needs none, and brings its own memory
  if (!guest.kernel && !guest.snapshot) throw new Error('give the element an image, a kernel or a snapshot');
  return guest.snapshot ? { ...guest, memory: undefined, booted: undefined } : guest;
}

type Image = Pick<MachineOptions, 'kernel' | 'initrd' | 'commandLine' | 'memory' | 'agent' | 'booted'>;

/** What the snapshot of an image has settled. */
const IN_SNAPSHOT = [
  'kernel', 'initrd', 'commandLine', 'memory', 'clock', 'epoch', 'debugExit', 'debugConsole',
] as const satisfies readonly (keyof VmOptions)[]; // prettier-ignore

async function fetchImage(name: string, images: string, signal: AbortSignal): Promise<Image> {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name)) throw new Error(`'${name}' is not the name of an image`);
  const url = new URL(`${name}/manifest.json`, folderUrl(images));
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new Error(`cannot fetch the image '${name}' from ${url.href}: the network failed`, { cause: error });
  });
  if (!response.ok) throw new Error(`there is no image '${name}' at ${url.href}: HTTP ${response.status}`);
  const manifest: unknown = await response.json().catch(() => undefined);
  signal.throwIfAborted();
  return readManifest(manifest, url);
}
function folderUrl(images: string): URL {
  try {
    return new URL(images.endsWith('/') ? images : `${images}/`, document.baseURI);
  } catch {
    throw new Error(`images: '${images}' is not a URL`);
  }
}

/** A host without the file may answer with a page, and a manifest can say anything. */
function readManifest(manifest: unknown, url: URL): Image {
  const { files, memory, commandLine, agent, booted } = fieldsOf(manifest);
  const kernel = pathOf(files, 'kernel', url);
  if (!kernel) throw new Error(`${url.href} is not the manifest of an image`);
  return {
    kernel,
    initrd: pathOf(files, 'initramfs', url),
    commandLine: typeof commandLine === 'string' ? commandLine : undefined,
    memory: typeof memory === 'string' ? memory : undefined,
    agent: agent === true,
    // Beside the manifest too; behind the question mark stands its version
    booted: typeof booted === 'string' && /^\w[\w.-]*(\?\w+)?$/.test(booted) ? new URL(booted, url) : undefined,
  };
}
function fieldsOf(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value : {};
}
/** Files lie beside the manifest: plain names only. */
function pathOf(files: unknown, role: string, manifest: URL): URL | undefined {
  const file = Array.isArray(files) ? files.map(fieldsOf).find((entry) => entry['role'] === role) : undefined;
  const path = file?.['path'];
  return typeof path === 'string' && /^[\w][\w.-]*$/.test(path) ? new URL(path, manifest) : undefined;
}
