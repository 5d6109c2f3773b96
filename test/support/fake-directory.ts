/**
 * A folder in memory with what a disk can do to it: get full after so many bytes, or the page ends in the middle. As in a
 * browser, what is written shows when the file is closed, whole or not at all.
 */
import type { Directory, FileHandle, Platform, Writable } from '../../web/app/snapshots/index.ts';

export class FakeDisk {
  readonly files = new Map<string, Uint8Array>();
  /** Bytes that still fit. */
  room = Infinity;
  /** After so many more steps nothing happens any more, and nobody is told: the page is gone. */
  stepsLeft = Infinity;
  persisted = false;
  asked = 0;

  platform(): Platform {
    return {
      folder: () => Promise.resolve(this.directory()),
      exclusively: (_name, work) => work(),
      estimate: () => Promise.resolve({ usage: this.used(), quota: this.used() + this.room }),
      persisted: () => Promise.resolve(this.persisted),
      persist: () => {
        this.asked++;
        return Promise.resolve((this.persisted = true));
      },
    };
  }
  used(): number {
    return [...this.files.values()].reduce((sum, { length }) => sum + length, 0);
  }
  private directory(): Directory {
    return {
      getFileHandle: (name, options) => this.step(() => this.handle(name, options?.create ?? false)),
      removeEntry: (name) =>
        this.step(() => {
          if (!this.files.delete(name)) throw notFound();
        }),
      keys: () => this.keys(),
    };
  }
  private async *keys(): AsyncIterable<string> {
    await this.step(() => undefined);
    yield* [...this.files.keys()];
  }
  private handle(name: string, create: boolean): FileHandle {
    if (!this.files.has(name)) {
      if (!create) throw notFound();
      this.files.set(name, new Uint8Array());
    }
    return {
      getFile: () => this.step(() => new Blob([new Uint8Array(this.files.get(name) ?? [])])),
      createWritable: () => this.step(() => this.writable(name)),
    };
  }
  private writable(name: string): Writable {
    let aside = new Uint8Array();
    return {
      write: (data) =>
        this.step(async () => {
          const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
          aside = new Uint8Array(bytes instanceof Blob ? await bytes.arrayBuffer() : bytes);
          if (aside.length > this.room) throw new DOMException('full', 'QuotaExceededError');
        }),
      close: () => this.step(() => void this.files.set(name, aside)),
      abort: () => this.step(() => undefined),
    };
  }
  private async step<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.stepsLeft-- <= 0) return new Promise<T>(() => undefined);
    await Promise.resolve();
    return work();
  }
}
function notFound(): DOMException {
  return new DOMException('no such file', 'NotFoundError');
}
