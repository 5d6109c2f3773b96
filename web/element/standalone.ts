/**
 * What is built as domzero-element.js, for a page without a bundler: one script tag. The Worker and the core lie beside
 * that file under these names (web/element/vite.config.ts); on another host than the page, too.
 */
import { DomzeroVm } from './domzero-vm.ts';

const beside = (name: string) => new URL(name, import.meta.url);
DomzeroVm.defaults = { workerUrl: beside('domzero-worker.js'), wasmUrl: beside('core.wasm') };

export * from './index.ts';
