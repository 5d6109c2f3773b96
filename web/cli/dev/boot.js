/**
 * `npm run build:booted [-- NAME...]`: vite loads the program, since Node runs no TypeScript. It does its work while it is
 * loaded: afterwards nothing more can be imported, and a machine imports parts of itself when it is made.
 */
import { runnerImport } from 'vite';

await runnerImport(new URL('booted/main.ts', import.meta.url).pathname, { configFile: false, logLevel: 'error' });
