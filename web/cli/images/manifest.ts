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
  /** It starts the agent for commands and files (docs/sandbox.md). */
  readonly agent?: boolean;
  readonly licences: readonly Licence[];
  readonly build: BuildFacts;
  /** A build that was checked by hand: the sizes to expect, and the sums when the packages are the same. */
  readonly reference?: Reference;
}

export interface Reference {
  /** Version of the package with the kernel's source. */
  readonly source: string;
  readonly compiler: string;
  readonly files: readonly ReferenceFile[];
}

export interface ReferenceFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
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

const SHA256 = /^[0-9a-f]{64}$/;
/** A plain name: a manifest never points out of its own folder. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

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
    ...(fields.has('agent') ? { agent: fields.flag('agent') } : {}),
    licences: fields.list('licences', readLicence),
    build: readBuildFacts(fields.object('build')),
    ...(fields.has('reference') ? { reference: readReference(fields.object('reference')) } : {}),
  };
}

function readLicence(entry: Fields): Licence {
  return { part: entry.text('part'), licence: entry.text('licence'), package: entry.text('package') };
}

function readBuildFacts(build: Fields): BuildFacts {
  return { source: build.text('source'), objects: build.count('objects'), phases: build.weights('phases') };
}

function readReference(reference: Fields): Reference {
  return {
    source: reference.text('source'),
    compiler: reference.text('compiler'),
    files: reference.list('files', (file) => ({
      path: file.text('path', FILE_NAME),
      size: file.count('size'),
      sha256: file.text('sha256', SHA256),
    })),
  };
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

function readFile(entry: Fields): BuiltFile {
  return {
    role: entry.oneOf('role', ROLES),
    path: entry.text('path', FILE_NAME),
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

/** How a build compares with the reference of its recipe; undefined when there is none. */
export function compareWithReference(recipe: RecipeManifest, built: Built): string | undefined {
  const { reference } = recipe;
  if (!reference) return undefined;
  const version = built.packages.find((entry) => entry.name === recipe.build.source)?.version;
  if (version !== reference.source)
    return `made from ${recipe.build.source} ${reference.source}, this one from ${version}`;
  if (built.compiler !== reference.compiler) return `made with ${reference.compiler}, this one with ${built.compiler}`;
  const sums = new Map(built.files.map((file) => [file.path, file.sha256]));
  const others = reference.files.filter((file) => sums.get(file.path) !== file.sha256).map((file) => file.path);
  return others.length === 0 ? 'identical' : `same packages, but other bytes in ${others.join(', ')}`;
}
