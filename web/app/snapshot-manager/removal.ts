/**
 * Removing with a way back: what is removed is hidden at once, and gone from the store when there was time to think better of
 * it, or when something else is done. A page that ends before that removes nothing.
 */
const UNDO_MS = 15_000;

export class Removal {
  private pending: { readonly ids: readonly string[]; readonly timer: ReturnType<typeof setTimeout> } | undefined;

  /** `carryOut` removes for good. */
  constructor(private readonly carryOut: (ids: readonly string[]) => Promise<void>) {}

  hides(id: string): boolean {
    return this.pending?.ids.includes(id) ?? false;
  }

  /** The one before is carried out; `late` is called with the promise when time has made it so. */
  async begin(ids: readonly string[], late: (done: Promise<void>) => void): Promise<void> {
    await this.finish();
    this.pending = { ids, timer: setTimeout(() => late(this.finish()), UNDO_MS) };
  }

  undo(): void {
    clearTimeout(this.pending?.timer);
    this.pending = undefined;
  }

  async finish(): Promise<void> {
    const { pending } = this;
    this.undo();
    if (pending) await this.carryOut(pending.ids);
  }
}
