/**
 * Which tab owns the list of machines: two that wrote it would overwrite one another. It is the one that holds a lock for
 * as long as it lives; the browser frees it however the tab ends.
 */
const NAME = 'domzero-machines';
/** A tab that is being reloaded may still answer. Milliseconds. */
const GRACE = 300;
/** A tab that holds the lock and hangs cannot answer. Milliseconds. */
const PATIENCE = 3000;

/**
 * True when this tab owns the list from now on; false when another does, and `free` is called when that one has gone. True
 * where the browser has no such locks.
 */
export function claimMachines(free: () => void): Promise<boolean> {
  const { locks } = navigator;
  if (!locks || typeof BroadcastChannel !== 'function') return Promise.resolve(true);
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(NAME);
    let decided = false;
    const give = (owned: boolean) => {
      decided = true;
      resolve(owned);
    };
    const timers = [setTimeout(() => give(false), PATIENCE)];
    channel.onmessage = ({ data }) => data === 'here' && timers.push(setTimeout(() => give(false), GRACE));
    const granted = async () => {
      timers.forEach(clearTimeout);
      // What this tab shows by now is not the list: a reload will claim it
      if (decided) return free();
      channel.onmessage = ({ data }) => data === 'who' && channel.postMessage('here');
      channel.postMessage('here');
      give(true);
      await new Promise<never>(() => undefined);
    };
    locks.request(NAME, granted).catch(() => give(true));
    channel.postMessage('who');
  });
}
