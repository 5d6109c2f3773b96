/**
 * `npm start`: serves the page at once; meanwhile builds the core, bundles the page and, the first time, builds the images.
 * The image asked for comes first; without one `linux-nano`, which is there in two minutes, then `linux`.
 */
import { Command, CommanderError } from 'commander';
import { createServer, type ViteDevServer } from 'vite';
import { progressBar } from '../../images/bar.ts';
import { ImageError } from '../../images.ts';
import { BootedKeeper } from '../booted/keeper.ts';
import { bootedSnapshots } from '../booted/plugin.ts';
import { BootedStore } from '../booted/store.ts';
import { bundledPage, PageBundle } from '../bundle/plugin.ts';
import { canOpenBrowser, openBrowser } from './browser.ts';
import { coreGate } from './core-gate.ts';
import { libraryApi } from './library-api.ts';
import { BuildQueue, imagesIn } from './library.ts';
import type { BuildReporter } from './library.ts';

export interface StartOptions {
  readonly image?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | true | undefined;
  readonly open: boolean;
  /** The page is not bundled. */
  readonly sources?: true | undefined;
}

/** What start.js has that TypeScript has not. */
export interface Setting {
  readonly root: string;
  buildCore(): Promise<void>;
  /** In build/page. */
  buildPage(signal: AbortSignal): Promise<void>;
}

export function parseOptions(args: readonly string[]): StartOptions {
  const command = new Command('npm start --')
    .description('Serves the page and prepares what it needs.')
    .option('--image <name>', 'the image to boot; built first if need be')
    .option('--port <number>', 'the port to listen on (5173, or the next free one)', parsePort)
    .option('--host [address]', 'listen for other computers too')
    .option('--no-open', 'do not open a browser')
    .option('--sources', 'the page from its sources, which follows their changes: npm run dev')
    .exitOverride();
  command.parse(args, { from: 'user' });
  return command.opts<StartOptions>();
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new ImageError(`--port: ${text} is not a port number`);
  return port;
}

export async function main(args: readonly string[], setting: Setting): Promise<void> {
  try {
    await start(parseOptions(args), setting);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed it
      process.exitCode = error.exitCode;
      return;
    }
    console.error(`npm start: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

async function start(options: StartOptions, { root, buildCore, buildPage }: Setting): Promise<void> {
  const queue = new BuildQueue(imagesIn(root), reporter, options.image);
  await queue.load();
  const core = Promise.resolve().then(buildCore);
  core.catch((error: unknown) => console.error(error instanceof Error ? error.message : error));
  void queue.whileCompiling(core);
  const images = options.image === undefined ? ['linux-nano', 'linux'] : [options.image];
  const store = new BootedStore(root);
  const keeper = new BootedKeeper(root, store, queue, images);
  const found = core.then(() => keeper.open()).catch(() => undefined);
  const bundle = options.sources ? undefined : new PageBundle(`${root}build/page`, buildPage);
  const server = await createServer({
    configFile: `${root}vite.config.ts`,
    plugins: [libraryApi(queue), coreGate(core), bootedSnapshots(store, keeper), bundle && bundledPage(bundle, root)],
    server: { port: options.port, strictPort: options.port !== undefined, host: options.host },
    clearScreen: false,
  });
  // The first visitor, too, gets the snapshots that are there; a core that is being compiled is not waited for
  if (queue.state.core === undefined) await found;
  await server.listen();
  endWith(server, queue, keeper, bundle);
  announce(server, options);
  for (const name of images) queue.enqueue(name);
}

function announce(server: ViteDevServer, options: StartOptions): void {
  const urls = server.resolvedUrls;
  const [first] = urls?.local ?? [];
  console.log(`\n  DomZero   ${[...(urls?.local ?? []), ...(urls?.network ?? [])].join('\n            ')}`);
  console.log('            Ctrl-C ends it\n');
  const person = options.open && canOpenBrowser(process.env, process.stdout.isTTY, process.platform);
  if (first && person) openBrowser(first);
}

/** Ctrl-C ends a running build with the server, and waits until nothing half done is left; a second one does not wait. */
function endWith(server: ViteDevServer, queue: BuildQueue, keeper: BootedKeeper, bundle?: PageBundle): void {
  let ending = false;
  const end = () => {
    if (ending) process.exit(1);
    ending = true;
    keeper.close();
    void Promise.allSettled([queue.close(), server.close(), bundle?.close()]).then(() => process.exit());
  };
  // Vite's own listener ends the process as soon as the server is closed
  process.removeAllListeners('SIGTERM');
  // Not once(): the build, which listens too, would find nobody else to end the process and do it itself, at once
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

const reporter: BuildReporter = {
  begin(name) {
    const bar = progressBar(name);
    return { update: bar.update, stop: bar.stop };
  },
  ready: (name) => console.log(`${name} is ready`),
  failed(name, error) {
    if (error instanceof ImageError) for (const line of error.logTail) console.error(`  | ${line}`);
    console.error(`building ${name} failed: ${error.message}`);
  },
};
