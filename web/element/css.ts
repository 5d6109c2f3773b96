/**
 * The style sheet of the shadow tree: xterm.js's and the element's own. Only vite understands these imports; in dist/
 * the build puts the text itself here (web/cli/dev/build.js), so that any bundler can use the package.
 */
import xterm from '@xterm/xterm/css/xterm.css?inline';
import own from './style.css?inline';

export const css: string = xterm + own;
