/**
 * The host's side of the line to the agent, with a fake peer that answers, errs, lies or is silent. Oracles: the layout in
 * docs/sandbox.md, and zlib for the sums.
 */
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { crc32 } from '../web/client/agent/crc32.ts';
import { encodeFrame, type Frame, FrameReader, FrameType, PAYLOAD, words } from '../web/client/agent/frames.ts';
import { readRecords } from '../web/client/agent/file-records.ts';
import { FakeAgent } from './support/fake-agent.ts';

const text = (bytes: string): Uint8Array => new TextEncoder().encode(bytes);
const { Hello, Welcome, Ping, Request, Data, End, Credit, Signal, Exit, Failed, Ack, Reset } = FrameType;

describe('frames', () => {
  test('the sum is that of zlib', () => {
    expect(crc32(text('123456789'))).toBe(0xcbf43926);
    fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => crc32(a, b) === zlibCrc32(b, zlibCrc32(a))));
  });
  test('have the layout of the document', () => {
    const frame = encodeFrame({ type: 6, channel: 1, stream: 0x1234, payload: text('hi') }, 0x105, 'host');
    const head = Buffer.from([0xd0, 6, 5, 1, 0x34, 0x12, 2, 0]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(zlibCrc32(Buffer.concat([head, Buffer.from('hi')])));
    expect(Buffer.from(frame)).toEqual(Buffer.concat([head, sum, Buffer.from('hi')]));
    expect(() => encodeFrame({ type: 6, channel: 0, stream: 1, payload: new Uint8Array(4097) }, 0, 'host')).toThrow();
  });

  const anyFrame: fc.Arbitrary<Frame> = fc.record({
    type: fc.integer({ min: 0, max: 14 }),
    channel: fc.integer({ min: 0, max: 2 }),
    stream: fc.integer({ min: 0, max: 0xffff }),
    payload: fc.uint8Array({ maxLength: 200 }),
  });
  /** Without 0xD1 nothing in it can look like a beginning. */
  const noise = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.map((byte) => (byte === 0xd1 ? 0 : byte)));

  test('are found again, in whatever pieces and among whatever they come', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, anyFrame)), fc.array(fc.nat(60)), (items, cuts) => {
        const bytes = Buffer.concat(items.flatMap(([junk, frame], i) => [junk, encodeFrame(frame, i, 'guest')]));
        const reader = new FrameReader('guest');
        const found = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = (cuts[i % (cuts.length || 1)] ?? 7) + 1;
          found.push(...reader.read(bytes.subarray(at, at + size)));
          at += size;
        }
        const frames = found.filter((frame) => frame !== undefined);
        expect(frames.map(({ sequence: _, ...frame }) => ({ ...frame, payload: [...frame.payload] }))).toEqual(
          items.map(([, frame]) => ({ ...frame, payload: [...frame.payload] })),
        );
        if (items.some(([junk]) => junk.length)) expect(found).toContain(undefined);
      }),
    );
  });
  test('one flipped bit is noticed', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), (frame, at) => {
        const bytes = encodeFrame(frame, 0, 'guest');
        const bit = at % (bytes.length * 8);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect([...new FrameReader('guest').read(bytes)].filter(Boolean)).toEqual([]);
      }),
    );
  });
  test('any bytes at all do no harm', () => {
    const reader = new FrameReader('guest');
    fc.assert(fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => void [...reader.read(bytes)]));
  });
});

describe('file records', () => {
  test('any answer is a list or a one-line error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          expect(readRecords(bytes).every(({ name }) => typeof name === 'string')).toBe(true);
        } catch (error) {
          expect((error as Error).message).toMatch(/^files: [^\n]*$/);
        }
      }),
    );
  });
});

let agent: FakeAgent;
beforeEach(() => {
  vi.useFakeTimers();
  agent = new FakeAgent();
});
afterEach(() => void vi.useRealTimers());
const exec: FakeAgent['sandbox']['exec'] = ((...args: Parameters<FakeAgent['sandbox']['exec']>) =>
  agent.sandbox.exec(...args)) as never;

describe('a session', () => {
  test('begins with HELLO, again and again until there is an answer', async () => {
    agent.awake = false;
    const result = exec('true');
    await vi.advanceTimersByTimeAsync(1000);
    expect(agent.of(Hello).length).toBeGreaterThan(5);
    expect(new Set(agent.frames.map(({ payload }) => String(payload))).size).toBe(1);
    agent.awake = true;
    await vi.advanceTimersByTimeAsync(200);
    expect(agent.of(Request).length).toBe(1);
    const greetings = agent.of(Hello).length;
    await vi.advanceTimersByTimeAsync(2000);
    expect(agent.of(Hello).length).toBe(greetings);
    agent.exit(1, 3);
    expect(await result).toEqual({ stdout: '', stderr: '', exitCode: 3, signal: null, ended: 'exit' });
  });
  test('nobody asks, nobody speaks; what a guest says then is ignored', async () => {
    agent.raw(text('boot messages'));
    agent.send(Exit, 1, new Uint8Array(4));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(agent.frames).toEqual([]);
  });
  test('an answer to somebody else, echoed frames and noise are no answer', async () => {
    agent.awake = false;
    const result = exec('true');
    const hello = await agent.got(Hello);
    agent.raw(encodeFrame(hello, 0, 'host'));
    agent.send(Welcome, 0, words(1, 12345, 32, 65536, 16384));
    agent.raw(text('login: '));
    await vi.advanceTimersByTimeAsync(50);
    expect(agent.of(Request)).toEqual([]);
    agent.awake = true;
    await vi.advanceTimersByTimeAsync(200);
    agent.exit(1);
    expect((await result).exitCode).toBe(0);
  });
  test('another version of the protocol is refused', async () => {
    agent.abilities.version = 3;
    await expect(exec('true')).rejects.toThrow("exec: the image's agent speaks protocol 3, this client 2");
  });
  test('the wait for an agent is bounded, and says what was waited for', async () => {
    agent.awake = false;
    const result = exec('true', { timeout: 5000 }).catch((error: unknown) => String(error));
    await vi.advanceTimersByTimeAsync(5001);
    expect(await result).toBe(
      "AgentError: exec: the guest's agent did not answer within 5000 ms; the machine is running: does it still boot, or has its image no agent?",
    );
    agent.state = 'ready';
    const early = exec('true').catch((error: unknown) => String(error));
    await vi.advanceTimersByTimeAsync(60_001);
    expect(await early).toMatch(/within 60000 ms; the machine has not been started; call start\(\)$/);
    const hellos = agent.of(Hello).length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(agent.of(Hello).length).toBe(hellos);
  });
  test('a machine that ends fails what runs, waits or comes', async () => {
    const running = exec('true').catch((error: unknown) => String(error));
    await agent.got(Request);
    agent.become('halted');
    expect(await running).toBe('AgentError: exec: the machine has halted');
    await expect(exec('true')).rejects.toThrow('exec: the machine has halted');
    agent.become('running');
    agent.awake = false;
    const waiting = exec('true').catch((error: unknown) => String(error));
    await agent.got(Hello, 2);
    agent.become('off');
    expect(await waiting).toBe('AgentError: exec: the machine is off');
  });
  test('a reset and a restarted agent fail what runs; the next call has a new session', async () => {
    agent.sandbox.resetsSeen(0);
    for (const restart of [() => agent.sandbox.resetsSeen(1), () => agent.send(Reset, 0)]) {
      const running = exec('true').catch((error: unknown) => String(error));
      await agent.got(Request, agent.of(Request).length + 1);
      const { session } = agent;
      restart();
      expect(await running).toMatch(
        /exec: (the machine was reset|the guest's agent was restarted, or the guest itself)$/,
      );
      const next = exec('true');
      const { stream } = await agent.got(Request, agent.of(Request).length + 1);
      expect(agent.session).not.toBe(session);
      agent.exit(stream);
      await next;
    }
  });
  test('a silent agent is found dead, a paused machine is not', async () => {
    const running = exec('sleep').catch((error: unknown) => String(error));
    await agent.got(Request);
    agent.become('paused');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(agent.of(Ping)).toEqual([]);
    agent.become('running');
    await vi.advanceTimersByTimeAsync(36_000);
    expect(agent.of(Ping).length).toBe(6);
    expect(await running).toBe("AgentError: exec: the guest's agent has not answered for 30 s");
  });
  test('more commands than the agent takes wait for their turn', async () => {
    agent.abilities.streams = 2;
    const results = [1, 2, 3].map(() => exec('true'));
    await agent.got(Request, 2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(agent.of(Request).length).toBe(2);
    agent.exit(1);
    await agent.got(Request, 3);
    agent.exit(2);
    agent.exit(3);
    expect((await Promise.all(results)).map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  });
});

describe('a guest that breaks the rules', () => {
  const cases: [string, () => void, RegExp][] = [
    ['noise', () => agent.raw(text('hello')), /bytes that are no frame/],
    ['a frame lost', () => (agent.skip(), agent.send(Ack, 0, words(0))), /a frame is missing/],
    ['a stream that is not open', () => agent.send(Data, 77, text('x'), 1), /stream 77 is not open/],
    ['output on the input', () => agent.send(Data, 1, text('x'), 0), /output of no channel/],
    ['an end of the input', () => agent.send(End, 1, undefined, 0), /an end of no channel/],
    ['credit beyond the window', () => agent.send(Credit, 1, words(65537)), /too much credit/],
    ['credit without a number', () => agent.send(Credit, 1, text('x')), /too much credit/],
    ['an end that says nothing', () => agent.send(Exit, 1), /EXIT/],
    ['a failure that says nothing', () => agent.send(Failed, 1, text('abc')), /FAILED/],
    ['bytes read that were not sent', () => agent.send(Ack, 0, words(1_000_000)), /read what was not sent/],
    ['a frame of the host', () => agent.send(Request, 1), /frame type 5/],
    [
      'more output than was granted',
      () => Array.from({ length: 17 }).forEach(() => agent.send(Data, 1, new Uint8Array(PAYLOAD), 1)),
      /more output than was granted/,
    ],
  ];
  test.each(cases)('%s', async (_, act, message) => {
    const process = exec('true', { stdin: 'x' });
    const reader = process.stdout.getReader(); // taken, and not read: nothing is granted again
    const failed = process.catch((error: unknown) => String(error));
    await agent.got(Request);
    await vi.advanceTimersByTimeAsync(0);
    act();
    expect(await failed).toMatch(message);
    await expect(reader.read()).rejects.toThrow(message);
    // And a new session works
    const next = exec('true');
    const { stream } = await agent.got(Request, 2);
    agent.exit(stream);
    expect((await next).exitCode).toBe(0);
  });
  test('whatever it sends, calls end in a result or an error, and nothing throws', async () => {
    const frame = fc.record({
      type: fc.integer({ min: 0, max: 14 }),
      channel: fc.integer({ min: 0, max: 3 }),
      stream: fc.oneof(fc.constant(1), fc.nat(5)),
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(100_000).map((n) => words(n)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 20 }), async (frames) => {
        agent = new FakeAgent();
        const result = exec('true', { stdin: 'abc' }).then(
          ({ ended }) => ended,
          (error: unknown) => (error as Error).message,
        );
        await agent.got(Request);
        for (const { type, channel, stream, payload } of frames) agent.send(type, stream, payload, channel);
        agent.become('off');
        expect(await result).toMatch(/^(exit|signal|memory|exec: [^\n]+)$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a command', () => {
  test('is described by its request', async () => {
    const result = exec('echo $A', { env: { A: 'b c', USER: undefined }, cwd: '/tmp', memory: '8M', processes: 5 });
    const { payload } = await agent.got(Request);
    const view = new DataView(payload.slice().buffer);
    expect([view.getUint8(0), view.getUint16(2, true), view.getUint16(4, true)]).toEqual([1, 3, 5]);
    expect([view.getUint32(12, true), view.getUint32(16, true)]).toEqual([8192, 5]);
    const texts = new TextDecoder().decode(payload.subarray(20)).split('\0');
    expect(texts.slice(0, 4)).toEqual(['/tmp', '/bin/sh', '-c', 'echo $A']);
    expect(texts.slice(4, -1)).toContain('A=b c');
    expect(texts.some((entry) => entry.startsWith('USER='))).toBe(false);
    expect(texts.at(-1)).toBe('');
    agent.exit(1);
    await result;
  });
  test('that is large goes in several frames; too large is an error', async () => {
    const result = exec('x'.repeat(10_000));
    await agent.got(Request, 3);
    expect(agent.of(Request).map(({ channel }) => channel)).toEqual([1, 1, 0]);
    agent.exit(1);
    await result;
    await expect(exec('x'.repeat(70_000))).rejects.toThrow(/exec: command, .* are 70\d\d\d bytes; 65536 is the limit/);
  });
  test('sends as much input as there is credit', async () => {
    const result = exec('cat', { stdin: new Uint8Array(200_000) });
    const acknowledge = (): void => {
      const read = agent.frames.filter(({ type }) => type !== Hello).reduce((n, f) => n + 12 + f.payload.length, 0);
      agent.send(Ack, 0, words(read));
    };
    const sent = (): number => agent.of(Data).reduce((n, { payload }) => n + payload.length, 0);
    await vi.advanceTimersByTimeAsync(10);
    expect(sent()).toBeLessThanOrEqual(16384); // the line
    for (let i = 0; i < 20; i++) {
      acknowledge();
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(sent()).toBe(65536); // the stream
    while (!agent.of(End).length) {
      agent.send(Credit, 1, words(Math.min(sent(), 16384)));
      acknowledge();
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(sent()).toBe(200_000);
    agent.exit(1);
    await result;
  });
  test('is granted output as it is read', async () => {
    const process = exec('yes');
    const reader = process.stdout.getReader();
    await agent.got(Request);
    for (let i = 0; i < 16; i++) agent.send(Data, 1, new Uint8Array(PAYLOAD), 1);
    await vi.advanceTimersByTimeAsync(10);
    expect(agent.of(Credit)).toEqual([]);
    for (let i = 0; i < 8; i++) await reader.read();
    const { payload, channel } = await agent.got(Credit);
    expect([channel, new DataView(payload.slice().buffer).getUint32(0, true)]).toEqual([1, 32768]);
    await reader.cancel();
    expect(await agent.got(End, 2)).toMatchObject({ channel: 1 });
    agent.exit(1);
    await process;
  });
  test('time-out: killed, then the end that the guest tells; or none, and an error', async () => {
    const killed = exec('sleep', { timeout: 1000 });
    await agent.got(Request);
    await vi.advanceTimersByTimeAsync(1000);
    expect([...(await agent.got(Signal)).payload]).toEqual([9, 0, 0, 0]);
    agent.send(Exit, 1, new Uint8Array([9, 0, 0, 0]));
    expect(await killed).toMatchObject({ ended: 'timeout', signal: 'SIGKILL', exitCode: null });
    const stuck = exec('sleep', { timeout: 1000 }).catch((error: unknown) => String(error));
    await vi.advanceTimersByTimeAsync(6001);
    expect(await stuck).toMatch(
      /exec: the guest did not confirm within 5000 ms that the command was killed \(timeout\)/,
    );
  });
  test('abort: killed, and the reason', async () => {
    await expect(exec('x', { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
    expect(agent.frames).toEqual([]);
    const controller = new AbortController();
    const result = exec('sleep', { signal: controller.signal }).catch((error: unknown) => error);
    await agent.got(Request);
    controller.abort(new Error('enough'));
    expect(await result).toEqual(new Error('enough'));
    expect(agent.of(Signal).length).toBe(1);
  });
  test('a source of input that fails is the error', async () => {
    const stdin = new ReadableStream<string>({ pull: () => Promise.reject(new Error('the disk is gone')) });
    await expect(exec('cat', { stdin })).rejects.toThrow('the disk is gone');
    expect([...(await agent.got(Signal)).payload]).toEqual([9, 0, 0, 0]);
  });
  test.each<[string, () => Promise<unknown>, string]>([
    ['an option that is none', () => exec('x', { tmeout: 1 } as never), "exec: there is no option 'tmeout'"],
    ['a zero', () => exec('a\0b'), 'exec: command: it may not contain a zero character'],
    ['an empty list', () => exec([]), 'exec: command: the list is empty; its first word is the program'],
    ['no text', () => exec(5 as never), 'exec: command: give a string'],
    ['a bad name', () => exec('x', { env: { 'a=b': 'c' } }), "exec: env: 'a=b' is not a name"],
    ['a bad time', () => exec('x', { timeout: 0 }), "exec: timeout takes milliseconds, more than 0, not '0'"],
    ['a bad size', () => exec('x', { memory: 'lots' }), "exec: memory: 'lots' is no size from 1 MiB up; write it like 32M"],
    ['a bad source', () => exec('x', { stdin: 5 as never }), 'exec: stdin: give a string, Uint8Array, ArrayBuffer, Blob, ReadableStream or async iterable'],
    ['an empty path', () => agent.sandbox.files.read(''), 'files.read: the path is empty'],
    ['a bad mode', () => agent.sandbox.files.write('/x', '', { mode: 99999 }), "files.write: mode takes permissions, 0 to 0o7777, not '99999'"],
  ])('refuses %s', async (_, call, message) => {
    await expect((async () => call())()).rejects.toThrow(new Error(message));
    expect(agent.of(Request)).toEqual([]);
  }); // prettier-ignore
});
