/** The same recipe in a Debian container, for systems without apt. */
import { join } from 'node:path';
import type { Locations } from './catalogue.ts';

export const ENGINES = ['docker', 'podman'] as const;
export type Engine = (typeof ENGINES)[number];

export interface ContainerRun {
  readonly engine: Engine;
  readonly name: string;
  readonly recipe: string;
  readonly out: string;
  readonly fresh?: boolean;
}

/** Arguments for `docker run` or `podman run`. */
export function containerArguments(at: Locations, run: ContainerRun): string[] {
  const variables = {
    DOMZERO_CACHE: '/cache',
    DOMZERO_LOG: `/cache/logs/${run.name}.log`,
    DOMZERO_RECIPE: run.recipe,
    ...(run.fresh ? { DOMZERO_FRESH: '1' } : {}),
    ...owner(run.engine),
  };
  return [
    'run',
    '--rm',
    '--init',
    '--platform=linux/amd64',
    // Podman's SELinux labels would hide the mounted folders, and relabelling the project is not ours to do.
    ...(run.engine === 'podman' ? ['--security-opt=label=disable'] : []),
    ...mount(at.images, '/images:ro'),
    ...mount(run.out, '/out'),
    ...mount(at.cache, '/cache'),
    ...Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
    'debian:12',
    'sh',
    `/images/${run.name}/recipe.sh`,
    '/out',
  ];
}

function mount(path: string, target: string): string[] {
  return ['-v', `${path}:${target}`];
}

/** Docker's root is the host's root: the files are given to the user. Podman's root is the user already. */
function owner(engine: Engine): Record<string, string> {
  const { getuid, getgid } = process;
  return engine === 'docker' && getuid && getgid ? { DOMZERO_OWNER: `${getuid()}:${getgid()}` } : {};
}

/** The line to type, with the results going where the project looks for them. */
export function containerCommand(at: Locations, engine: Engine, name: string, recipe: string): string {
  const out = join(at.dist, name);
  const folders = [out, join(at.cache, 'logs')];
  const args = containerArguments(at, { engine, name, recipe, out });
  return `mkdir -p ${folders.map(quote).join(' ')} && ${[engine, ...args].map(quote).join(' ')}`;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
