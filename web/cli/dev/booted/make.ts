/** Makes a snapshot: boots an image on this thread, types what is to be typed, waits until nothing more happens, saves. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createMachine, type Machine } from '../../../client/index.ts';
import { ConsoleText } from '../../run/console-text.ts';
import { replaceFile } from '../../run/snapshot.ts';
import type { BootedRecipe, BootedStore } from './store.ts';

/** A guest that executes fewer instructions in so many milliseconds waits for input. */
const QUIET_MS = 200;
const QUIET_INSTRUCTIONS = 200_000;
/** One that never rests is saved all the same. */
const QUIET_LOOKS = 50;

/** Bytes of the file, or undefined when it was there already. Rejects with a line that says what is missing. */
export async function makeBooted(store: BootedStore, root: string, recipe: BootedRecipe): Promise<number | undefined> {
  const key = await store.keyOf(recipe);
  if (key === undefined) throw new Error(`${recipe.name}: build the core and the image ${recipe.image} first`);
  const known = await store.find(recipe);
  if (known !== undefined) return undefined;
  const { machine, prompt } = await bootable(store, root, recipe);
  const shown = new ConsoleText();
  machine.on('console', (bytes, port) => (port === 'com1' ? shown.add(bytes) : undefined));
  try {
    await machine.start();
    await appears(machine, shown, prompt);
    for (const line of await linesOf(root, recipe)) {
      await machine.send(`${line}\r`);
      await appears(machine, shown, prompt);
    }
    await settled(machine);
    const { bytes } = await machine.snapshot({ name: recipe.name, text: shown.all });
    const path = store.path(recipe.name, key);
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, bytes);
    await store.dropOld(recipe.name, key);
    return bytes.length;
  } finally {
    await machine.dispose();
  }
}

async function bootable(
  store: BootedStore,
  root: string,
  { name, image }: BootedRecipe,
): Promise<{ machine: Machine; prompt: RegExp }> {
  const manifest = await store.manifestOf(image);
  if (!manifest) throw new Error(`${name}: the image ${image} is not built`);
  const { commandLine, memory, agent, files } = manifest;
  const file = (role: string): URL | undefined => {
    const path = files.find((entry) => entry.role === role)?.path;
    return path === undefined ? undefined : pathToFileURL(join(store.folderOf(image), path));
  };
  const wasmUrl = pathToFileURL(join(root, 'build/core.wasm'));
  const options = { kernel: file('kernel'), initrd: file('initramfs'), commandLine, memory, agent, wasmUrl };
  const machine = await createMachine({ ...options, worker: false });
  return { machine, prompt: promptOf(manifest.prompt) };
}

/** The manifest has the prompt in the home folder; elsewhere only the host's name is the same. */
function promptOf(prompt: string): RegExp {
  const host = prompt.replace(/:.*$/s, '').replace(/[^\w-]/g, '\\$&');
  return new RegExp(`(?:^|\\n)${host}:[^\\n]*# $`);
}

/** Lines to type; those that begin with "#:" are for whoever reads the file. */
async function linesOf(root: string, { script }: BootedRecipe): Promise<string[]> {
  if (script === undefined) return [];
  const text = await readFile(join(root, script), 'utf8');
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#:'));
}

/** Rejects when the machine ends before. */
function appears(machine: Machine, shown: ConsoleText, prompt: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (shown.match(prompt)) end(resolve);
    };
    const end = (then: () => void): void => {
      for (const off of listening) off();
      then();
    };
    const listening = [
      machine.on('console', look),
      machine.on('exit', ({ reason }) =>
        end(() =>
          reject(new Error(`the guest ended (${reason}) before its prompt:\n${shown.lastLines(20).join('\n')}`)),
        ),
      ),
    ];
    look();
  });
}

async function settled(machine: Machine): Promise<void> {
  let before = 0;
  for (let look = 0; look < QUIET_LOOKS; look++) {
    const { instructions } = await machine.statistics();
    if (instructions - before < QUIET_INSTRUCTIONS) return;
    before = instructions;
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  }
}
