/** Says that a machine goes on from a snapshot instead of having booted; a visitor who closes it is not told again. */
import type { Machine } from '../../client/index.ts';
import type { Domain } from '../domains/domain.ts';
import { remember, remembered } from '../session/preferences.ts';
import { dismiss, toast } from './toasts.ts';

const TOAST = 'resumed';
const SECONDS = 20;

const told = new WeakSet<Machine>();
let shown: Machine | undefined;

/** `domain` is the one that is shown. */
export function tellResumed(domain: Domain | undefined, coldBoot: (domain: Domain) => void): void {
  const machine = domain?.resumed ? domain.machine : undefined;
  if (shown && machine !== shown) dismiss(TOAST);
  if (!domain || !machine || told.has(machine) || remembered('resumed') === 'known') return;
  told.add(machine);
  shown = machine;
  const gone = (byHand: boolean) => {
    shown = undefined;
    if (byHand) remember('resumed', 'known');
  };
  const action = { label: 'Boot it cold', run: () => coldBoot(domain) };
  toast(TOAST, 'Started from a snapshot of the booted image.', action, { seconds: SECONDS, gone });
}
