/** A page whose Content-Security-Policy allows no WebAssembly, in Chromium: what the visitor is told. */
import { expect, test } from 'vitest';
import type { CreateMachine } from '../web/client/index.ts';
import { launchChromium, root, type Served, serveSources } from './support/browser.ts';
import { forFile } from './support/fixtures.ts';

const browser = forFile(launchChromium);

/** All that is served, Workers' scripts too, comes with this policy. */
function serveWith(policy: string): Promise<Served> {
  return serveSources([
    {
      name: 'test:policy',
      configureServer: ({ middlewares }) =>
        void middlewares.use((_request, response, next) => {
          response.setHeader('Content-Security-Policy', policy);
          next();
        }),
    },
  ]);
}
/** The engine at work, or what went wrong. */
async function tryIn(served: Served): Promise<string> {
  const page = await browser().newPage();
  await page.goto(`${served.url}images/index.json`);
  const client = JSON.stringify(`${served.url}@fs${root}web/client/index.ts`);
  await page.evaluate(`import(${client}).then(({ createMachine }) => Object.assign(globalThis, { createMachine }))`);
  const answer = await page.evaluate(async () => {
    const { createMachine } = globalThis as unknown as { createMachine: CreateMachine };
    const kernel = new Uint8Array(512).fill(0xf4);
    kernel.set([0x55, 0xaa], 510);
    try {
      const machine = await createMachine({ kernel, memory: '4M' });
      const { engine } = await machine.statistics();
      await machine.dispose();
      return engine;
    } catch (error) {
      return (error as Error).message;
    }
  });
  await page.close();
  await served.close();
  return answer;
}

test("with 'wasm-unsafe-eval' automatic is the translator", async () => {
  const served = await serveWith("script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'");
  expect(await tryIn(served)).toBe('jit');
});
test('without it the message names what is missing', async () => {
  const served = await serveWith("script-src 'self' 'unsafe-inline'");
  expect(await tryIn(served)).toMatch(
    /^cannot load the core from [^\n]+; the page's Content-Security-Policy has to allow 'wasm-unsafe-eval'$/,
  );
});
