/** `--send` takes escapes as C strings do, since shells make control characters hard to type. */

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n', r: '\r', t: '\t', b: '\b', e: '\x1b', '0': '\0', '\\': '\\',
}; // prettier-ignore

/** Knows \r \n \t \b \e \0 \\ and \xHH; anything else after a backslash is an error. */
export function unescape(text: string): string {
  return text.replace(/\\(x[0-9a-f]{2}|[^]|$)/gi, (whole, escape: string) => {
    if (escape.length === 3) return String.fromCharCode(parseInt(escape.slice(1), 16));
    const simple = SIMPLE[escape];
    if (simple === undefined)
      throw new Error(`'${whole}' is no escape; there are \\r \\n \\t \\b \\e \\0 \\\\ and \\xHH`);
    return simple;
  });
}
