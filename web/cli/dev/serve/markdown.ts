/**
 * The project's documents as HTML pages: as much of Markdown as they use (headings with anchors, paragraphs, lists, tables,
 * code, links, emphasis). They are the project's own text; it is escaped all the same.
 */
const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);

/** As on code hosts: lower case, hyphens for spaces, nothing but letters, digits and hyphens. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

function inline(text: string): string {
  // Code first: nothing within it is markup
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (/^`.+`$/.test(part) ? `<code>${escape(part.slice(1, -1))}</code>` : marked(escape(part))))
    .join('');
}

function marked(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\(([^)\s]+)\)/g, (_, label: string, url: string) => `<a href="${linkOf(url)}">${label}</a>`)
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\*([^*]+)\*/g, '<em>$1</em>');
}

/** Documents link to each other as files; here they are pages. What is not a document stays as it is. */
function linkOf(url: string): string {
  return /^[\w-]+\.md(#.*)?$/.test(url) ? url.replace('.md', '.html') : url;
}

const cells = (line: string): string[] => line.replace(/^\||\|$/g, '').split('|');
const rowOf = (line: string, tag: string): string =>
  `<tr>${cells(line)
    .map((cell) => `<${tag}>${inline(cell.trim())}</${tag}>`)
    .join('')}</tr>`;

/** The body of a document. */
export function toHtml(markdown: string): string {
  const lines = markdown.split('\n');
  const out: string[] = [];
  const takeWhile = (test: (line: string) => boolean): string[] => {
    const taken: string[] = [];
    for (let line = lines[0]; line !== undefined && test(line); line = lines[0]) taken.push(lines.shift() ?? '');
    return taken;
  };
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const heading = /^(#{1,6}) (.*)$/.exec(line);
    if (line.trim() === '') continue;
    if (line.startsWith('```')) {
      const code = takeWhile((next) => !next.startsWith('```'));
      lines.shift();
      out.push(`<pre tabindex="0"><code>${escape(code.join('\n'))}</code></pre>`);
    } else if (heading) {
      const [, marks = '', text = ''] = heading;
      out.push(`<h${marks.length} id="${anchorOf(text)}">${inline(text)}</h${marks.length}>`);
    } else if (line.startsWith('|')) {
      const body = takeWhile((next) => next.startsWith('|')).slice(1);
      const rows = body.map((row) => rowOf(row, 'td')).join('');
      out.push(`<table><thead>${rowOf(line, 'th')}</thead><tbody>${rows}</tbody></table>`);
    } else if (/^(- |\d+\. )/.test(line)) {
      const more = takeWhile((next) => next.trim() !== '');
      const tag = line.startsWith('- ') ? 'ul' : 'ol';
      const items = [line, ...more].join('\n').split(/\n(?=- |\d+\. )/);
      out.push(
        `<${tag}>${items.map((item) => `<li>${inline(item.replace(/^(- |\d+\. )/, ''))}</li>`).join('')}</${tag}>`,
      );
    } else {
      const more = takeWhile((next) => next.trim() !== '' && !/^(```|#|\||- )/.test(next));
      out.push(`<p>${inline([line, ...more].join('\n'))}</p>`);
    }
  }
  return out.join('\n');
}

export function toPage(markdown: string): string {
  const title = /^# (.*)$/m.exec(markdown)?.[1] ?? 'DomZero';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} – DomZero</title><style>
:root{color-scheme:light dark}body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:16px/1.6 system-ui,sans-serif}
pre,table{display:block;overflow-x:auto}pre{padding:.8rem;border:1px solid #8888;border-radius:7px}code{font-size:.9em}
table{border-collapse:collapse}td,th{padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8888;text-align:start;vertical-align:top}
img{max-width:100%}</style></head>
<body><main>${toHtml(markdown)}</main></body></html>
`;
}
