/**
 * A project with one recipe of a few lines, "fake", in a temporary folder: it goes the way of the real ones, from progress
 * lines over the cache to resolveImage, without a compiler.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ImageError } from '../../web/cli/images.ts';

export const MANIFEST = {
  name: 'fake',
  title: 'Fake',
  description: 'A recipe for tests.',
  architecture: 'i386',
  memory: '64M',
  minimumMemory: '20M',
  commandLine: 'console=ttyS0',
  prompt: 'fake:~# ',
  licences: [{ part: 'all', licence: 'MIT', package: 'domzero' }],
  build: { source: 'no-such-package', objects: 10, phases: { compile: 3, pack: 1 } },
};

/** Counts its own runs in RUNS, so that a test can tell a build from a cache hit. */
export const RECIPE = `#!/bin/sh
. "$(dirname "$0")/../common/lib.sh"
exec 3>&1 >"$DOMZERO_LOG" 2>&1
echo run >>"$RUNS"
echo "@progress compile 0.50 fs/namei.o" >&3
echo "compiling"
if [ -n "$BREAK" ]; then echo "fs/namei.c:1: error: broken on purpose"; echo "@error build the kernel did not compile" >&3; exit 1; fi
cd "$1"
echo kernel | gzip -n >vmlinux.gz; echo initramfs | gzip -n >initramfs.cpio.gz; echo bzImage >bzImage; echo MIT >LICENSES.txt
echo "@progress pack 0.5 sums" >&3
entry() { printf '{"role":"%s","path":"%s","encoding":"%s","size":%s,"sha256":"%s","unpackedSize":1,"unpackedSha256":"%s"}' \\
  "$1" "$2" "$3" "$(wc -c <"$2")" "$(sha256sum "$2" | cut -d' ' -f1)" "$(sha256sum "$2" | cut -d' ' -f1)"; }
printf '{"recipe":"%s","compiler":"cc","packages":[{"name":"p","version":"1","architecture":"all","source":"p 1"}],"files":[%s,%s,%s,%s]}' \\
  "$DOMZERO_RECIPE" "$(entry kernel vmlinux.gz gzip)" "$(entry initramfs initramfs.cpio.gz gzip)" \\
  "$(entry bzImage bzImage none)" "$(entry licences LICENSES.txt none)" >built.json
`;

export class FakeProject {
  readonly base: string;
  readonly places: { readonly root: string; readonly cache: string };

  private constructor(base: string) {
    this.base = base;
    this.places = { root: join(base, 'project'), cache: join(base, 'cache') };
  }

  static async create(): Promise<FakeProject> {
    const fake = new FakeProject(await mkdtemp(join(tmpdir(), 'domzero-images-')));
    await mkdir(fake.file('common'), { recursive: true });
    await mkdir(fake.file('fake'));
    await writeFile(fake.file('common', 'lib.sh'), 'set -eu\n');
    await fake.writeManifest({});
    await fake.writeRecipe(RECIPE);
    process.env.RUNS = join(fake.base, 'runs');
    process.env.BREAK = '';
    return fake;
  }

  async remove(): Promise<void> {
    delete process.env.RUNS;
    delete process.env.BREAK;
    await rm(this.base, { recursive: true, force: true });
  }

  /** A path under the project's images/. */
  file(...path: string[]): string {
    return join(this.places.root, 'images', ...path);
  }

  async writeManifest(changes: object): Promise<void> {
    await writeFile(this.file('fake', 'manifest.json'), JSON.stringify({ ...MANIFEST, ...changes }, undefined, 2));
  }

  async writeRecipe(text: string): Promise<void> {
    await writeFile(this.file('fake', 'recipe.sh'), text);
  }

  /** How often the recipe was run. */
  async runs(): Promise<number> {
    return (await readFile(join(this.base, 'runs'), 'utf8').catch(() => '')).split('\n').length - 1;
  }

  /** The one entry of the cache. */
  async cacheEntry(): Promise<string> {
    const folder = join(this.places.cache, 'images', 'fake');
    const [entry, ...more] = await readdir(folder);
    expect(more).toEqual([]);
    return join(folder, entry ?? '');
  }
}

/** The ImageError that `work` must end with. */
export async function failure(work: Promise<unknown>): Promise<ImageError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ImageError);
  return error as ImageError;
}
