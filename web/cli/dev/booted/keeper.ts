/**
 * Keeps the snapshots of `npm start` up to date: as soon as core and image are there it looks for one, else has a process
 * of its own make it, one at a time, and says so to the queue, which tells the page.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { BuildQueue } from '../serve/library.ts';
import { booted, type BootedRecipe, type BootedStore, UNFINISHED } from './store.ts';

export class BootedKeeper {
  readonly keys = new Map<string, string>();
  private readonly recipes: readonly BootedRecipe[];
  private readonly begun = new Set<string>();
  private turn: Promise<void> = Promise.resolve();
  private child: ChildProcess | undefined;
  private closed = false;

  /** `images`: their names. */
  constructor(
    private readonly root: string,
    private readonly store: BootedStore,
    private readonly queue: BuildQueue,
    images: readonly string[],
  ) {
    this.recipes = [...images.map(booted), UNFINISHED];
  }

  /** The core is there. Resolves when what can be found has been found; the rest is made later. */
  async open(): Promise<void> {
    this.queue.on('change', () => void this.look());
    await this.look();
  }

  /** Resolves to the key of a snapshot, when those that wait have had their turn. */
  async keyOf(name: string): Promise<string | undefined> {
    await this.turn;
    return this.keys.get(name);
  }

  close(): void {
    this.closed = true;
    this.child?.kill();
  }

  private async look(): Promise<void> {
    for (const { name, image } of this.recipes) if (!this.queue.isReady(image)) this.begun.delete(name);
    const fresh = this.recipes.filter(({ name, image }) => this.queue.isReady(image) && !this.begun.has(name));
    for (const { name } of fresh) this.begun.add(name);
    const missing: BootedRecipe[] = [];
    for (const recipe of fresh) if (!(await this.find(recipe))) missing.push(recipe);
    for (const recipe of missing) this.turn = this.turn.then(() => this.make(recipe));
  }

  private async find(recipe: BootedRecipe): Promise<boolean> {
    const key = await this.store.find(recipe);
    if (key === undefined) return false;
    this.keys.set(recipe.name, key);
    if (recipe.script === undefined) this.queue.announceBooted(recipe.name, key);
    return true;
  }

  /** What goes wrong has been printed by the process; the page then boots. */
  private async make(recipe: BootedRecipe): Promise<void> {
    if (this.closed) return;
    const script = join(this.root, 'web/cli/dev/boot.js');
    const child = spawn(process.execPath, [script, recipe.name], { stdio: ['ignore', 'ignore', 'inherit'] });
    this.child = child;
    await new Promise<void>((resolve) => child.on('error', () => resolve()).on('exit', () => resolve()));
    this.child = undefined;
    await this.find(recipe);
  }
}
