/** main.ts imports the page itself when it has asked for all else; a built site's HTML has the browser fetch it from the start. */
import type { Plugin } from 'vite';

export function pageChunk(): Plugin {
  return {
    name: 'domzero:page-chunk',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const chunk = Object.values(bundle ?? {}).find(
          (file) => file.type === 'chunk' && file.facadeModuleId?.endsWith('/page/page.ts'),
        );
        if (!chunk) throw new Error('the page is not a chunk of its own any more: is main.ts importing it?');
        return [
          {
            tag: 'link',
            injectTo: 'head',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `./${chunk.fileName}` },
          },
        ];
      },
    },
  };
}
