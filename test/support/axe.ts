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

/** What xterm.js draws on the page is left out: its own contrast rule measures it, and page-states.test.ts. */
export async function axe(page: Page, exclude: readonly string[] = ['.xterm']): Promise<string[]> {
  source ??= await readFile(`${root}node_modules/axe-core/axe.min.js`, 'utf8');
  await page.evaluate(source);
  const results = await page.evaluate(
    (context) => (window as unknown as { axe: { run(context: object): Promise<AxeResults> } }).axe.run(context),
    { exclude },
  );
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}
