#!/usr/bin/env node
/**
 * What `npx domzero` starts. In a clone it first brings the core and the compiled command up to date; a published
 * package has both already.
 */
import { existsSync } from 'node:fs';

const builder = new URL('./dev/build.js', import.meta.url);
const sources = new URL('../../assembly/index.ts', import.meta.url);
const compiled = new URL('../../dist/cli/main.js', import.meta.url);

try {
  if (existsSync(builder) && existsSync(sources)) {
    const { ensureBuilt } = await import(builder.href);
    await ensureBuilt('core');
    await ensureBuilt('dist');
  }
  if (!existsSync(compiled)) throw new Error('the command is not built; run: npm ci && npm run build');
  const { main } = await import(compiled.href);
  await main(process.argv.slice(2));
} catch (error) {
  console.error(
    `domzero: ${error instanceof Error ? (process.env.DOMZERO_DEBUG ? error.stack : error.message) : error}`,
  );
  process.exitCode ||= 1;
}
