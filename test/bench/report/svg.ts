/** Pieces of SVG that the charts share: drawn by hand, so that no library is needed, in the reader's light or dark scheme. */
export const WIDTH = 920;
export const MARGIN = 28;

const STYLE = `
  svg { --ink: #1f2328; --soft: #59636e; --faint: #d1d9e0; --paper: #ffffff; --band: #f6f8fa;
        --domzero: #0f62fe; --domzero-interpreter: #78a9ff; --lose: #da1e28; --v86-interpreter: #b5bbc2; --v86-jit: #ff832b;
        --qemu: #8a3ffc; --native: #198038; --user: #ffb784; --kernel: #a6c8ff; --idle: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #f0f6fc; --soft: #9198a1; --faint: #3d444d; --paper: #0d1117; --band: #151b23;
          --domzero: #4589ff; --domzero-interpreter: #3a5f9e; --lose: #ff6b70; --v86-interpreter: #6e757c; --v86-jit: #ff9d57;
          --qemu: #be95ff; --native: #42be65; --user: #8a4a1c; --kernel: #1d4a86; --idle: #3d444d; } }
  text { font: 13px ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
  .title { font-size: 17px; font-weight: 650; } .soft { fill: var(--soft); font-size: 12px; }
  .value { font-variant-numeric: tabular-nums; font-weight: 600; } .end { text-anchor: end; } .middle { text-anchor: middle; }
  .grid { stroke: var(--faint); stroke-width: 1; } .base { stroke: var(--v86-jit); stroke-width: 2; }
`;

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}

export function text(x: number, y: number, content: string, classes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${classes ? ` class="${classes}"` : ''}>${escape(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: string): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" ${attributes}/>`;
}

export function dot(x: number, y: number, radius: number, colour: string): string {
  return `<circle cx="${x.toFixed(1)}" cy="${y}" r="${radius}" fill="${colour}"/>`;
}

/** With a tooltip. */
export function box(x: number, y: number, width: number, height: number, colour: string, tip = ''): string {
  const [left, wide] = [x, Math.max(width, 1)].map((value) => value.toFixed(1));
  const title = tip ? `<title>${escape(tip)}</title>` : '';
  return `<rect x="${left}" y="${y}" width="${wide}" height="${height}" rx="3" fill="${colour}">${title}</rect>`;
}

export function picture(label: string, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${height}" rx="10" fill="var(--paper)"/>
${parts.join('\n')}
</svg>
`;
}
