/** The documentation against what it documents: the API reference, links, the core's switches. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Application, LogLevel, TSConfigReader, TypeDocReader } from 'typedoc';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileCore, instantiateCore } from '../web/machine/core.ts';
import { Switches } from '../web/machine/switches.ts';
import { ATTRIBUTES } from '../web/element/attributes.ts';
import { root } from './support/browser.ts';

const read = (path: string) => readFileSync(root + path, 'utf8');
const guides = readdirSync(`${root}docs`).filter((name) => name.endsWith('.md'));

describe('the API reference', () => {
  const warnings: string[] = [];
  const names: string[] = [];
  beforeAll(async () => {
    const options = { options: `${root}typedoc.json`, validation: { notExported: true, notDocumented: true } };
    const app = await Application.bootstrap({ ...options, logLevel: LogLevel.Warn }, [
      new TypeDocReader(),
      new TSConfigReader(),
    ]);
    app.logger.log = (message, level) => void (level >= LogLevel.Warn && warnings.push(message));
    const project = await app.convert();
    if (!project) throw new Error(`typedoc converts nothing: ${warnings.join('\n')}`);
    app.validate(project);
    names.push(
      ...(project.children ?? []).flatMap(({ name, children }) => (children ?? []).map((c) => `${name}.${c.name}`)),
    );
  });

  it('has all three entries', () => {
    expect(names).toEqual(expect.arrayContaining(['client.createMachine', 'element.DomzeroVm', 'machine.MachineHost']));
  });

  it('is complete for client and element, and has no warning of another kind', () => {
    // What lies below the client follows the core, and says of a method no more than its name
    const known = /(^|\s)machine\.\S+ \(\w+\), defined in \S+ does not have any documentation$/;
    expect(warnings.filter((text) => !known.test(text))).toEqual([]);
  });
});

describe('the guides', () => {
  it.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...guides.map((name) => `docs/${name}`)])(
    '%s links to files and headings that are there',
    (path) => {
      const broken: string[] = [];
      for (const [, link = ''] of read(path).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^(https?:|#)/.test(link)) continue;
        const [file = '', anchor] = link.split('#');
        const target = join(dirname(path), file);
        if (!existsSync(root + target)) broken.push(link);
        else if (anchor !== undefined && !anchors(read(target)).includes(anchor)) broken.push(link);
      }
      expect(broken).toEqual([]);
    },
  );

  it('are all in the index', () => {
    const index = read('docs/README.md');
    expect(guides.filter((name) => name !== 'README.md' && !index.includes(`(${name})`))).toEqual([]);
  });

  it('name every switch that the core has, and none that it has not', async () => {
    const core = await instantiateCore(await compileCore(), 16 << 20);
    const switches = new Switches(core).list().map(({ name }) => name);
    const table = read('docs/accelerate.md').matchAll(/^\| (`[^|]+`) \|/gm);
    const documented = [...table].flatMap(([, cell = '']) => cell.split(', ').map((name) => name.replaceAll('`', '')));
    expect(documented.sort()).toEqual(switches.sort());
  });

  it('name every attribute of the element', () => {
    const text = read('docs/embedding.md');
    expect(ATTRIBUTES.filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

/** As GitHub makes them of headings. */
function anchors(markdown: string): string[] {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
