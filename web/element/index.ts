/**
 * The element's entry: `import 'domzero/element'` defines <domzero-vm>. In Node it defines nothing and does no harm.
 */
import { DomzeroVm } from './domzero-vm.ts';

export { DomzeroVm };
export type { VmAttributes, VmListener } from './attributes.ts';
export type { VmEvent, VmEventMap, VmEvents, VmState } from './events.ts';
export type { VmOptions } from './guest.ts';

declare global {
  interface HTMLElementTagNameMap {
    'domzero-vm': DomzeroVm;
  }
}

// A page may load the element twice, by a bundle and by a script tag
if (typeof customElements === 'object' && !customElements.get('domzero-vm'))
  customElements.define('domzero-vm', DomzeroVm);
