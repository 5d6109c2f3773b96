/** From what is written down of a guest to its files: those of an image from the library, others from the browser's store. */
import type { Guest, GuestAbout } from '../session/guest.ts';
import { guestOf } from '../session/library.ts';
import type { Library } from '../session/library.ts';
import { findFiles, keepFiles } from './files.ts';
import type { Saves } from './saves.ts';

export class Guests {
  constructor(
    private readonly library: Library,
    private readonly saves: Saves,
  ) {}

  /**
   * The guest of a machine of the list, which was saved to or came from `snapshot`; an error of one line says why there is
   * none.
   */
  async find(id: string, about: GuestAbout, snapshot?: string): Promise<Guest> {
    if (!about.image) return this.opened(id, about, snapshot);
    await this.library.ready;
    const image = this.library.find(about.name);
    if (!image) throw new Error(`there is no image “${about.name}” here any more`);
    if (image.state !== 'ready') throw new Error(`the image “${about.name}” has to be built first`);
    return guestOf(image);
  }

  private async opened(id: string, about: GuestAbout, snapshot: string | undefined): Promise<Guest> {
    const files = await findFiles(id).catch(() => undefined);
    if (!files && snapshot !== undefined) return { ...about, ...(await this.saves.open(snapshot)) };
    if (!files) throw new Error(`the files of “${about.name}” were not kept by this browser; open them again`);
    return { ...about, ...files };
  }

  /** Has the files of a guest that came as files at the next visit too; false when the browser does not allow it. */
  async keep(id: string, { image, kernel, initrd }: Guest): Promise<boolean> {
    try {
      if (image || !(kernel instanceof Blob)) return true;
      await keepFiles(id, { kernel, initrd: initrd instanceof Blob ? initrd : undefined });
      return true;
    } catch {
      return false;
    }
  }
}
