/**
 * The three descriptions of a guest image (docs/images.md):
 * - the recipe's `images/NAME/manifest.json`, written by hand: what it is and how to start it;
 * - `built.json`, written by the recipe: the files, their sums, the packages that went in;
 * - both together, `images/dist/NAME/manifest.json`: what a page or the command line reads to boot the image.
 */
import { Fields, parseJson } from './schema.ts';

export interface Licence {
  readonly part: string;
  readonly licence: string;
  readonly package: string;
}

export interface RecipeManifest {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly architecture: 'i386' | 'x86_64';
  /** Default and smallest sensible memory, as `--memory` takes it. */
  readonly memory: string;
  readonly minimumMemory: string;
  readonly commandLine: string;
  /** The text after which the shell takes a command: literal, without the escape codes around it. */
  readonly prompt: string;
  readonly licences: readonly Licence[];
  readonly build: BuildFacts;
}

export interface BuildFacts {
  /** The package that holds the kernel's source: its version is part of the cache's key. */
  readonly source: string;
  /** Compiled objects up to `vmlinux`, to tell progress. */
  readonly objects: number;
  /** Seconds of each phase on two cores, in order: the weights of the progress bar. */
  readonly phases: Readonly<Record<string, number>>;
}

export const ROLES = ['kernel', 'initramfs', 'bzImage', 'licences'] as const;
export type Role = (typeof ROLES)[number];

export interface BuiltFile {
  readonly role: Role;
  /** Relative to the manifest. */
  readonly path: string;
  /** How the file is stored; the host unpacks it with DecompressionStream. */
  readonly encoding: 'gzip' | 'none';
  readonly size: number;
  readonly sha256: string;
  readonly unpackedSize: number;
  readonly unpackedSha256: string;
}

export interface BuiltPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Source package and version: where the GPL's "corresponding source" is. */
  readonly source: string;
  readonly builtUsing: string;
}

export interface Built {
  /** Hash of the recipe's inputs. */
  readonly recipe: string;
  readonly compiler: string;
  readonly packages: readonly BuiltPackage[];
  readonly files: readonly BuiltFile[];
}

export type ImageManifest = RecipeManifest & Built;

export function parseRecipeManifest(text: string, where: string): RecipeManifest {
  const fields = new Fields(where, parseJson(where, text));
  return {
    name: fields.text('name', /^[a-z0-9][a-z0-9-]*$/),
    title: fields.text('title'),
    description: fields.text('description'),
    architecture: fields.oneOf('architecture', ['i386', 'x86_64']),
    memory: fields.text('memory', /^\d+[MG]$/),
    minimumMemory: fields.text('minimumMemory', /^\d+[MG]$/),
    commandLine: fields.text('commandLine'),
    prompt: fields.text('prompt'),
    licences: fields.list('licences', readLicence),
    build: readBuildFacts(fields.object('build')),
  };
}

function readLicence(entry: Fields): Licence {
  return { part: entry.text('part'), licence: entry.text('licence'), package: entry.text('package') };
}

function readBuildFacts(build: Fields): BuildFacts {
  return { source: build.text('source'), objects: build.count('objects'), phases: build.weights('phases') };
}

export function parseBuilt(text: string, where: string): Built {
  const fields = new Fields(where, parseJson(where, text));
  const files = fields.list('files', readFile);
  for (const role of ROLES) {
    if (!files.some((file) => file.role === role)) fields.wrong('files', `a list with the role "${role}"`);
  }
  return {
    recipe: fields.optionalText('recipe'),
    compiler: fields.text('compiler'),
    packages: fields.list('packages', readPackage),
    files,
  };
}

const SHA256 = /^[0-9a-f]{64}$/;

function readFile(entry: Fields): BuiltFile {
  return {
    role: entry.oneOf('role', ROLES),
    // A plain name: a manifest never points out of its own folder.
    path: entry.text('path', /^[A-Za-z0-9][A-Za-z0-9._-]*$/),
    encoding: entry.oneOf('encoding', ['gzip', 'none']),
    size: entry.count('size'),
    sha256: entry.text('sha256', SHA256),
    unpackedSize: entry.count('unpackedSize'),
    unpackedSha256: entry.text('unpackedSha256', SHA256),
  };
}

function readPackage(entry: Fields): BuiltPackage {
  return {
    name: entry.text('name'),
    version: entry.text('version'),
    architecture: entry.text('architecture'),
    source: entry.text('source'),
    builtUsing: entry.optionalText('builtUsing'),
  };
}

/** What goes to `images/dist/NAME/manifest.json`. */
export function joinManifest(recipe: RecipeManifest, built: Built): ImageManifest {
  return { ...recipe, ...built };
}
