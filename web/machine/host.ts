/** What the run loop needs of the platform: a clock, a timer, and a way to let other events in. Tests have their own. */
export interface Host {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls back as soon as pending events (messages, input) had their turn. */
  soon(callback: () => void): void;
  /** Calls back after about `ms`; the result cancels. */
  after(ms: number, callback: () => void): () => void;
}

/** The longest delay that setTimeout takes is 2^31 - 1 ms. */
const LONGEST = 2 ** 31 - 1;

/**
 * Node: setImmediate. Browsers: a message to ourselves (6 µs), as timers set from timers are held back by 4 ms; since
 * every slice starts from such a message, sleeps of a millisecond work too. A hidden page's timers may be slowed to
 * one a second by the browser: the guest then sleeps longer, and its clock, which follows the host's, catches up.
 */
export function platformHost(): Host {
  return {
    now: () => performance.now(),
    soon: typeof setImmediate === 'function' ? (callback) => void setImmediate(callback) : messageHop(),
    after: (ms, callback) => {
      const timer = setTimeout(callback, Math.min(Math.ceil(ms), LONGEST));
      return () => clearTimeout(timer);
    },
  };
}
function messageHop(): Host['soon'] {
  const channel = new MessageChannel();
  const waiting: (() => void)[] = [];
  channel.port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    channel.port2.postMessage(0);
  };
}
