/**
 * A folder of the origin's private file system (OPFS), as much of it as the store needs. A file is written aside by the
 * browser and takes its place when it is closed, whole or not at all.
 */

/** FileSystemDirectoryHandle has all of it. */
export interface Directory {
  getFileHandle(name: string, options?: { create?: boolean }): Promise<FileHandle>;
  removeEntry(name: string): Promise<void>;
  keys(): AsyncIterable<string>;
}
export interface FileHandle {
  getFile(): Promise<Blob>;
  createWritable(): Promise<Writable>;
}
export interface Writable {
  write(data: Blob | Uint8Array<ArrayBuffer> | string): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

export class Folder {
  private readonly directory: Directory;

  constructor(directory: Directory) {
    this.directory = directory;
  }
  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const name of this.directory.keys()) names.push(name);
    return names;
  }
  /** Undefined: there is no such file. */
  async read(name: string): Promise<Blob | undefined> {
    try {
      return await (await this.directory.getFileHandle(name)).getFile();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
  /** The file has the new content, or, when this rejects, what it had before; a new one is then gone again. */
  async write(name: string, data: Blob | Uint8Array<ArrayBuffer> | string): Promise<void> {
    const isNew = (await this.read(name)) === undefined;
    try {
      const handle = await this.directory.getFileHandle(name, { create: true });
      await fill(await handle.createWritable(), data);
    } catch (error) {
      if (isNew) await this.remove(name).catch(() => undefined);
      throw error;
    }
  }
  async remove(name: string): Promise<void> {
    try {
      await this.directory.removeEntry(name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
async function fill(file: Writable, data: Blob | Uint8Array<ArrayBuffer> | string): Promise<void> {
  try {
    await file.write(data);
    await file.close();
  } catch (error) {
    await file.abort().catch(() => undefined);
    throw error;
  }
}
/** A folder of that name is no such file. */
function isNotFound(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError');
}
