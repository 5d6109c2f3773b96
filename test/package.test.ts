/** The package from outside: its contents, its types, and programs that use it as installed, in Node and in a fresh Vite app. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../web/cli/dev/build.js';
import { budgets, measure } from '../web/cli/dev/sizes.js';
import { buildImage } from '../web/cli/images.ts';
import { launchChromium, openPage, root, serveFolder } from './support/browser.ts';
import { element, waitForVmText } from './support/element.ts';
import { createApplication, runProgram } from './support/package.ts';
import type { Application } from './support/package.ts';

let app: Application;

beforeAll(async () => {
  for (const part of ['core', 'dist', 'element']) await ensureBuilt(part);
  await buildImage('linux-nano', { root });
  app = await createApplication(['vite', 'typescript', '@types/node']);
  await symlink(`${root}images/dist`, join(app.folder, 'images'));
}, 900_000);
afterAll(() => app?.remove());

const guest = `
  kernel: 'images/linux-nano/vmlinux.gz',
  initrd: 'images/linux-nano/initramfs.cpio.gz',
  commandLine: 'console=ttyS0 quiet panic=-1 tsc=reliable',
  memory: '64M',
`;

describe('the package', () => {
  it('holds what it exports, recipes of images, and nothing of the workshop', () => {
    const outside = app.files.filter((path) => !/^(dist|build|images)\//.test(path));
    expect(outside.sort()).toEqual(['LICENSE', 'README.md', 'package.json', 'web/cli/bin.js']);
    const built = app.files.filter((path) => path.startsWith('build/'));
    expect(built.sort()).toEqual(['build/core.wasm', 'build/domzero-element.js', 'build/domzero-worker.js']);
    expect(app.files.filter((path) => path.startsWith('images/dist/'))).toEqual([]);
    expect(app.files).toContain('images/linux-nano/recipe.sh');
  });

  it('has nothing that publint would mention', async () => {
    const { messages, pkg } = await publint({ pkgDir: app.package, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('has types that are right wherever it can be imported (are the types wrong)', async () => {
    const attw = `${root}node_modules/@arethetypeswrong/cli/dist/index.js`;
    const text = await runProgram(
      process.execPath,
      [attw, app.tarball, '--profile', 'esm-only', '--exclude-entrypoints', 'core.wasm', '-f', 'json'],
      app.folder,
    );
    const { analysis } = JSON.parse(text) as { analysis: { types: unknown; entrypoints: Record<string, unknown> } };
    expect(analysis.types).toMatchObject({ kind: 'included' });
    expect(Object.keys(analysis.entrypoints)).toEqual(expect.arrayContaining(['.', './machine', './element']));
  });

  it.each(['bundler', 'nodenext'])('type-checks in a program of its own, moduleResolution %s', async (resolution) => {
    await app.write(
      'typed.ts',
      `import { createMachine, type Machine } from 'domzero';
       import 'domzero/element';
       const machine: Machine = await createMachine({${guest}});
       machine.on('exit', ({ reason }) => console.log(reason satisfies string));
       const vm = document.createElement('domzero-vm');
       vm.memory = '64M';
       vm.addEventListener('error', ({ detail }) => console.log(detail.message satisfies string));
       // @ts-expect-error there is no such option
       await createMachine({ kernel: '', floppy: true });
       // @ts-expect-error a theme is one of three
       vm.theme = 'sepia';`,
    );
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--lib',
      'es2023,dom,dom.iterable',
      '--types',
      'node',
    ];
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const tsc = join(app.folder, 'node_modules/typescript/bin/tsc');
    const args = [tsc, ...options, '--module', module, '--moduleResolution', resolution, 'typed.ts'];
    await runProgram(process.execPath, args, app.folder);
  });

  it('keeps to its budgets (docs/sizes.md)', () => {
    const all = budgets();
    expect(all.map(({ file }) => file)).toEqual([
      'build/core.wasm',
      'build/domzero-worker.js',
      'build/domzero-element.js',
    ]);
    for (const budget of all) {
      const size = measure(budget.file);
      expect(size.kib, budget.file).toBeLessThanOrEqual(budget.kib);
      expect(size.gzipKib, `${budget.file}, gzip`).toBeLessThanOrEqual(budget.gzipKib);
    }
  });
});

describe('in plain Node', () => {
  it('boots Linux, types, reads, and ends', async () => {
    await app.write(
      'node.js',
      `import { existsSync } from 'node:fs';
       import { fileURLToPath } from 'node:url';
       import { createMachine } from 'domzero';
       import { parseMemory } from 'domzero/machine';
       import 'domzero/element'; // harmless where there is no page
       const machine = await createMachine({${guest}});
       const decoder = new TextDecoder();
       let text = '';
       const seen = (pattern) => new Promise((resolve) => {
         const off = machine.on('console', (bytes) => {
           text += decoder.decode(bytes, { stream: true });
           if (pattern.test(text)) resolve(off());
         });
       });
       const prompt = seen(/# /);
       await machine.start();
       await prompt;
       const answer = seen(/=42=/);
       await machine.send('echo =$((6*7))=\\r');
       await answer;
       await machine.dispose();
       const core = existsSync(fileURLToPath(import.meta.resolve('domzero/core.wasm')));
       console.log(JSON.stringify({ answer: text.includes('=42='), core, memory: parseMemory('64M') }));`,
    );
    const printed = await runProgram(process.execPath, ['node.js'], app.folder);
    expect(JSON.parse(printed)).toEqual({ answer: true, core: true, memory: 64 << 20 });
  });

  it('has the command', async () => {
    const printed = await runProgram(process.execPath, [join(app.package, 'web/cli/bin.js'), '--version'], app.folder);
    expect(printed.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe('in a fresh Vite app', () => {
  it('builds without configuration; machine and element boot in Chromium', async () => {
    await app.write(
      'index.html',
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,"></head>
       <body><domzero-vm image="linux-nano" autostart></domzero-vm><script type="module" src="/main.ts"></script></body></html>`,
    );
    await app.write(
      'main.ts',
      `import { createMachine } from 'domzero';
       import 'domzero/element';
       const machine = await createMachine({${guest}});
       const decoder = new TextDecoder();
       const scope = globalThis as unknown as { said: string };
       scope.said = '';
       machine.on('console', (bytes) => void (scope.said += decoder.decode(bytes, { stream: true })));
       await machine.start();`,
    );
    await build({ root: app.folder, configFile: false, logLevel: 'error', base: './' });
    await symlink(`${root}images/dist`, join(app.folder, 'dist/images'));
    const served = await serveFolder(join(app.folder, 'dist'));
    const browser: Browser = await launchChromium();
    try {
      const { page, errors } = await openPage(browser, served.url);
      await waitForVmText(element(page), /nano:~# ?$/);
      await page.waitForFunction(() => /# /.test((window as unknown as { said: string }).said));
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
      await served.close();
    }
  });
});
