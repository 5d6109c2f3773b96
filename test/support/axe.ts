/** What axe-core finds wrong with a page, of that which is serious or critical. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { root } from './browser.ts';

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

let source: string | undefined;

export async function axe(page: Page): Promise<string[]> {
  source ??= await readFile(`${root}node_modules/axe-core/axe.min.js`, 'utf8');
  await page.evaluate(source);
  // What xterm.js draws is measured by its own contrast rule, and by page-states.test.ts
  const results = await page.evaluate(() =>
    (window as unknown as { axe: { run(context: object): Promise<AxeResults> } }).axe.run({ exclude: ['.xterm'] }),
  );
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}
