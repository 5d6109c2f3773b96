/**
 * A guest that was away is told the time: the host's side, with a fake agent that answers, is silent, or is of an older
 * version. Oracle: docs/sandbox.md. What a real guest's clock then shows is in snapshot-time.test.ts.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FrameType, words } from '../web/client/agent/frames.ts';
import { FakeAgent } from './support/fake-agent.ts';

const { Hello, Request, Data, Time } = FrameType;
const text = (bytes: string): Uint8Array => new TextEncoder().encode(bytes);

let agent: FakeAgent;
beforeEach(() => {
  vi.useFakeTimers();
  agent = new FakeAgent();
});
afterEach(() => void vi.useRealTimers());
const exec = (command: string) => agent.sandbox.exec(command);

/** 2026-11-26, 12:00:00.25 UTC; and behind 2038 and 2106 */
const NOW = Date.UTC(2026, 10, 26, 12, 0, 0, 250);
const tell = (now: number | undefined = NOW) => agent.sandbox.tellTime(() => Promise.resolve(now));

test('at once, in seconds and nanoseconds, of no stream', async () => {
  await tell();
  const [frame] = agent.of(Time);
  const view = new DataView(frame!.payload.slice().buffer);
  expect([frame!.stream, frame!.channel, frame!.payload.length]).toEqual([0, 0, 12]);
  expect([view.getBigInt64(0, true), view.getUint32(8, true)]).toEqual([BigInt(NOW - 250) / 1000n, 250_000_000]);
  await agent.sandbox.tellTime(() => Promise.resolve(Date.UTC(2200, 0, 1)));
  const later = new DataView(agent.of(Time)[1]!.payload.slice().buffer);
  expect(later.getBigInt64(0, true)).toBe(BigInt(Date.UTC(2200, 0, 1)) / 1000n);
});
test('until it answers, and without a session', async () => {
  await tell();
  await vi.advanceTimersByTimeAsync(2000);
  const said = agent.of(Time).length;
  expect(said).toBeGreaterThan(2);
  agent.send(Time, 0, words(0));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(agent.of(Time).length).toBe(said);
  expect(agent.of(Hello)).toEqual([]);
});
test('for a minute, if it has no agent; and not while the machine stands still or is gone', async () => {
  await tell();
  await vi.advanceTimersByTimeAsync(60_500);
  const said = agent.of(Time).length;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(agent.of(Time).length).toBe(said);
  await tell();
  agent.become('paused');
  await vi.advanceTimersByTimeAsync(5000);
  expect(agent.of(Time).length).toBe(said + 1);
  agent.become('off');
  agent.state = 'running';
  await vi.advanceTimersByTimeAsync(5000);
  expect(agent.of(Time).length).toBe(said + 1);
});
test('a time of its own is left to it', async () => {
  await agent.sandbox.tellTime(() => Promise.resolve(undefined));
  await vi.advanceTimersByTimeAsync(5000);
  expect(agent.frames).toEqual([]);
});
test('output of a command of the old session is no answer, and harms nothing', async () => {
  await tell();
  agent.send(Data, 7, text('of another host'), 1);
  agent.raw(text('noise'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(agent.of(Time).length).toBeGreaterThan(2);
  agent.send(Time, 0, words(0));
  const said = agent.of(Time).length;
  await vi.advanceTimersByTimeAsync(5000);
  expect(agent.of(Time).length).toBe(said);
});
test('before the first command, whose session the answer may come in', async () => {
  agent.abilities.version = 2;
  await tell();
  const result = exec('date');
  await agent.got(Request);
  expect(agent.frames.map(({ type }) => type)).toEqual([Time, Hello, Request]);
  agent.send(Time, 0, words(0));
  agent.exit(1);
  expect((await result).exitCode).toBe(0);
});
test('an older agent would end the session: it is not told again', async () => {
  agent.abilities.version = 1;
  await tell();
  const result = exec('sleep 5');
  await agent.got(Request);
  await vi.advanceTimersByTimeAsync(4000);
  expect(agent.of(Time).length).toBe(1);
  agent.exit(1);
  await result;
});
test('what was asked of the machine before it was replaced fails at once', async () => {
  const result = exec('sleep 1000');
  await agent.got(Request);
  agent.sandbox.replaced();
  await expect(result).rejects.toThrow('exec: the machine was restored from a snapshot');
});
