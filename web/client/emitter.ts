/** Typed listeners. One that throws does not keep the others, or the machine, from going on. */

export class Emitter<Events extends { [K in keyof Events]: (...args: never[]) => unknown }> {
  private readonly listeners = new Map<keyof Events, Set<Events[keyof Events]>>();

  on<E extends keyof Events>(event: E, listener: Events[E]): () => void {
    if (typeof listener !== 'function') throw new Error(`on('${String(event)}'): give a function`);
    let set = this.listeners.get(event);
    if (!set) this.listeners.set(event, (set = new Set()));
    set.add(listener);
    return () => void set.delete(listener);
  }
  /** What the listeners returned. */
  emit<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): unknown[] {
    const results: unknown[] = [];
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      try {
        results.push((listener as (...args: Parameters<Events[E]>) => unknown)(...args));
      } catch (error) {
        report(error);
      }
    }
    return results;
  }
}
/** As the platform reports any uncaught error. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
