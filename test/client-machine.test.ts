/** Machines from end to end on the real core, with bare-metal programs of a few bytes. Needs build/core.wasm. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { createMachine, type Machine, type MachineExit, type MachineOptions } from '../web/client/index.ts';
import { checkOptions } from '../web/client/options.ts';
import { type MachineEvent, MachineHost } from '../web/machine/index.ts';
import type { PoweredMachine } from '../web/machine/powered.ts';
import { bootSector, concat, elf, multibootHeader } from './support/kernel-images.ts';

const machines: Machine[] = [];
afterEach(async () => {
  await Promise.all(machines.splice(0).map((machine) => machine.dispose()));
});
async function make(code: readonly number[], options: Partial<MachineOptions> = {}): Promise<Machine> {
  const machine = await createMachine({ kernel: bootSector(code), memory: '4M', worker: false, ...options });
  machines.push(machine);
  return machine;
}
function exitOf(machine: Machine): Promise<MachineExit> {
  return new Promise((resolve) => machine.on('exit', resolve));
}
/** Until the text has come. */
function consoleText(machine: Machine, wanted: string): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    machine.on('console', (bytes) => {
      text += new TextDecoder('latin1').decode(bytes);
      if (text.includes(wanted)) resolve(text);
    });
  });
}

/** Until translated code has executed more than `count` instructions. */
async function untilTranslated(machine: Machine, count: number): Promise<void> {
  while (((await machine.statistics()).counters['translated-executed'] ?? 0) <= count) await delay(5);
}

/** mov dx, port; mov al, value; out dx, al */
const out = (port: number, value: number): number[] => [0xba, port & 0xff, port >> 8, 0xb0, value, 0xee];
const HALT = [0xfa, 0xf4]; // cli; hlt
const FOREVER = [0xeb, 0xfe]; // jmp $
/** Echoes each byte of COM1 plus one: poll LSR for data and an empty transmitter, read, inc, write, again. */
const ECHO = [
  0xba, 0xfd, 0x03, 0xec, 0x24, 0x21, 0x3c, 0x21, 0x75, 0xf9, 0xba, 0xf8, 0x03, 0xec, 0xfe, 0xc0, 0xee, 0xeb, 0xed,
]; // prettier-ignore
/** Writes 'x' to COM1 whenever the transmitter is empty, for ever. */
const FLOOD = [0xba, 0xfd, 0x03, 0xec, 0xa8, 0x20, 0x74, 0xfb, ...out(0x3f8, 0x78), 0xeb, 0xf0];
/** ACPI: SLP_TYP of S5 is 0, SLP_EN is bit 13 of PM1_CNT. */
const POWER_OFF = [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef];

describe('states', () => {
  test('ready, running, paused, running, off; each with its event', async () => {
    const machine = await make(FOREVER);
    const events: string[] = [];
    machine.on('state', (state, before) => events.push(`${before}>${state}`));
    expect(machine.state).toBe('ready');
    await machine.start();
    await machine.start(); // nothing
    await machine.pause();
    expect(machine.state).toBe('paused');
    const { instructions, uptime } = await machine.statistics();
    await delay(20);
    expect(await machine.statistics()).toMatchObject({ instructions, uptime });
    await machine.resume();
    await machine.powerOff();
    await machine.powerOff(); // nothing
    expect(events).toEqual(['ready>running', 'running>paused', 'paused>running', 'running>off']);
  });
  test('resume is for paused machines', async () => {
    const machine = await make(FOREVER);
    await expect(machine.resume()).rejects.toThrow('resume: the machine is ready, not paused');
    await machine.start();
    await machine.resume(); // already running
  });
  test('a busy guest does not keep a message waiting', async () => {
    const machine = await make(FOREVER);
    await machine.start();
    await delay(30);
    // Between two statements of ours lies at least one slice; no bound in time, only that answers come at all.
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      expect((await machine.statistics()).instructions).toBeGreaterThan(0);
    }
  });
  test('reset boots again, from whatever state', async () => {
    // inc word [0x600]; hlt: the count tells whether memory was cleared
    const machine = await make([0xff, 0x06, 0x00, 0x06, ...HALT]);
    for (const _ of ['ready', 'halted', 'halted']) {
      const exit = exitOf(machine);
      await machine.reset();
      expect(await exit).toEqual({ reason: 'halted' });
      expect([...(await machine.readMemory(0x600, 2))]).toEqual([1, 0]);
    }
    const again = exitOf(machine);
    await machine.start();
    await again;
    expect([...(await machine.readMemory(0x600, 2))]).toEqual([1, 0]);
  });
  test('a disposed machine refuses everything but dispose', async () => {
    const machine = await make(FOREVER);
    await machine.start();
    await machine.dispose();
    await machine.dispose();
    expect(machine.state).toBe('disposed');
    await expect(machine.start()).rejects.toThrow('the machine is disposed');
    await expect(machine.statistics()).rejects.toThrow('the machine is disposed');
  });
});

describe('ends', () => {
  test('ACPI power-off', async () => {
    const machine = await make(POWER_OFF);
    const exit = exitOf(machine);
    await machine.start();
    expect(await exit).toEqual({ reason: 'power-off' });
    expect(machine.state).toBe('off');
  });
  test('HLT with interrupts off; a BIOS call ends there too', async () => {
    for (const code of [HALT, [0xcd, 0x13]]) {
      const machine = await make(code);
      const exit = exitOf(machine);
      await machine.start();
      expect(await exit).toEqual({ reason: 'halted' });
      expect((await machine.registers()).general.rdx).toBe(0x80n);
    }
  });
  test('debug exit, when asked for', async () => {
    const machine = await make([...out(0xf4, 21), ...HALT], { debugExit: true });
    const exit = exitOf(machine);
    await machine.start();
    expect(await exit).toEqual({ reason: 'debug-exit', code: 43 });
    const without = await make([...out(0xf4, 21), ...HALT]);
    const halted = exitOf(without);
    await without.start();
    expect(await halted).toEqual({ reason: 'halted' });
  });
  test('a reset by the guest boots again; with noReboot it ends', async () => {
    // CF9: 2 then 6 is a hard reset
    const reset = [...out(0xcf9, 2), ...out(0xcf9, 6), ...HALT];
    const once = await make(reset, { noReboot: true });
    const exit = exitOf(once);
    await once.start();
    expect(await exit).toEqual({ reason: 'reset' });
    const forever = await make([...out(0x3f8, 0x2e), ...reset]);
    const dots = consoleText(forever, '...');
    await forever.start();
    await dots;
    expect((await forever.statistics()).resets).toBeGreaterThanOrEqual(2);
  });
  test('a triple fault is a reset, and leaves a trace', async () => {
    // lidt with limit 0 and int3 in real mode: #GP, #DF, shutdown
    const machine = await make(
      [0x0f, 0x01, 0x1e, 0x10, 0x7c, 0xcc, 0xf4, ...new Array<number>(9).fill(0), 0, 0, 0, 0, 0, 0],
      {
        noReboot: true,
      },
    );
    const exit = exitOf(machine);
    const traces: string[] = [];
    machine.on('trace', (record) => traces.push(record.kind));
    await machine.start();
    expect(await exit).toEqual({ reason: 'reset' });
    expect(traces).toEqual(['triple-fault']);
  });
});

describe('console', () => {
  test('what is sent comes back from the guest', async () => {
    const machine = await make(ECHO);
    await machine.start();
    const answer = consoleText(machine, 'IBM');
    await machine.send('HAL');
    expect(await answer).toBe('IBM');
  });
  test('nothing is lost between creation and start', async () => {
    const machine = await make(ECHO);
    await machine.send('HAL');
    const answer = consoleText(machine, 'IBM');
    await machine.start();
    expect(await answer).toBe('IBM');
  });
  test('large input arrives whole', async () => {
    const machine = await make(ECHO);
    const sent = new Uint8Array(100_000).map((_, i) => i % 251);
    const got: number[] = [];
    const all = new Promise<void>((resolve) => {
      machine.on('console', (bytes) => {
        got.push(...bytes);
        if (got.length >= sent.length) resolve();
      });
    });
    await machine.start();
    await machine.send(sent);
    await all;
    expect(Buffer.from(got).equals(Buffer.from(sent.map((b) => b + 1)))).toBe(true);
  });
  test('a slow reader slows the guest down and loses nothing', async () => {
    const machine = await make(FLOOD);
    let bytes = 0;
    const waiting: (() => void)[] = [];
    machine.on('console', (chunk) => {
      bytes += chunk.length;
      return new Promise<void>((resolve) => waiting.push(resolve));
    });
    await machine.start();
    await delay(300);
    expect(bytes).toBeLessThanOrEqual(64 * 1024 + 4096);
    const before = bytes;
    while (bytes < before + 100_000) {
      waiting.splice(0).forEach((resolve) => resolve());
      await delay(1);
    }
  });
  test('the debug console is a port of its own', async () => {
    const machine = await make([...out(0xe9, 0x41), ...HALT], { debugConsole: true });
    const seen: string[] = [];
    machine.on('console', (bytes, port) => void seen.push(`${port}:${String(bytes)}`));
    const exit = exitOf(machine);
    await machine.start();
    await exit;
    expect(seen).toEqual(['debug:65']);
  });
  test('listeners can be taken off', async () => {
    const machine = await make(ECHO);
    let calls = 0;
    machine.on('console', () => void calls++)();
    const answer = consoleText(machine, 'C');
    await machine.start();
    await machine.send('B');
    await answer;
    expect(calls).toBe(0);
  });
  test('bad calls are refused', async () => {
    const machine = await make(ECHO);
    await expect(machine.send(5 as unknown as string)).rejects.toThrow('send: give a string or Uint8Array');
    await expect(machine.send('x', 'com9' as 'com1')).rejects.toThrow("send: there is no port 'com9'");
    expect(() => machine.on('console', undefined as never)).toThrow("on('console'): give a function");
    await machine.start();
    await machine.powerOff();
    await expect(machine.send('x')).rejects.toThrow('send: the machine is off');
  });
});

describe('a look inside', () => {
  test('physical memory and registers', async () => {
    const machine = await make([0xb8, 0x34, 0x12, 0xa3, 0x00, 0x05, ...HALT]); // mov ax, 0x1234; mov [0x500], ax
    const exit = exitOf(machine);
    await machine.start();
    await exit;
    expect([...(await machine.readMemory(0x500, 2))]).toEqual([0x34, 0x12]);
    const { general, rip, segments } = await machine.registers();
    expect([general.rax, rip, segments.cs.base]).toEqual([0x1234n, 0x7c08n, 0n]);
    await expect(machine.readMemory(4 * 2 ** 20 - 1, 2)).rejects.toThrow(/is beyond RAM, which ends at 0x400000/);
    await expect(machine.readMemory(-1, 2)).rejects.toThrow("readMemory: '-1' is not an address");
    await expect(machine.readMemory(0, 2 ** 30)).rejects.toThrow('readMemory: 1073741824 bytes; give 0 to 16 MiB');
  });
  test('linear memory goes through the page tables', async () => {
    // 32-bit: a page directory at 0x200000 maps linear 4 MiB.. to physical 0 (PSE) and nothing else but the code
    const code = [
      0x0f, 0x20, 0xe0, 0x0c, 0x10, 0x0f, 0x22, 0xe0, // mov eax, cr4; or al, 0x10; mov cr4, eax
      0xc7, 0x05, 0x00, 0x00, 0x20, 0x00, 0x83, 0x00, 0x00, 0x00, // mov dword [0x200000], 0x83
      0xc7, 0x05, 0x04, 0x00, 0x20, 0x00, 0x83, 0x00, 0x00, 0x00, // mov dword [0x200004], 0x83
      0xb8, 0x00, 0x00, 0x20, 0x00, 0x0f, 0x22, 0xd8, // mov eax, 0x200000; mov cr3, eax
      0x0f, 0x20, 0xc0, 0x0d, 0x00, 0x00, 0x00, 0x80, 0x0f, 0x22, 0xc0, // or eax, PG
      0xfa, 0xf4,
    ]; // prettier-ignore
    const kernel = concat(multibootHeader(0), new Uint8Array(code));
    const machine = await make([], { kernel: elf(32, 0x10000cn, [{ physical: 0x100000, data: kernel }]) });
    const exit = exitOf(machine);
    await machine.start();
    expect(await exit).toEqual({ reason: 'halted' });
    expect([...(await machine.readMemory(0x500000, 4, 'linear'))]).toEqual([0x02, 0xb0, 0xad, 0x1b]);
    await expect(machine.readMemory(0x800000, 4, 'linear')).rejects.toThrow('linear address 0x800000 is not mapped');
  });
});

describe('the instruction clock', () => {
  test('makes two runs alike to the instruction', async () => {
    // Time enters: rdtsc into a checksum until the timer's count has wrapped a few times
    const code = [0xb9, 0xff, 0xff, 0x0f, 0x31, 0x01, 0xc3, 0xe4, 0x40, 0x00, 0xc3, 0xe2, 0xf6, ...HALT];
    const results = [];
    for (let i = 0; i < 2; i++) {
      const machine = await make(code, { clock: 'instructions' });
      const exit = exitOf(machine);
      await machine.start();
      await exit;
      const { instructions, guestSeconds } = await machine.statistics();
      results.push({ instructions, guestSeconds, rbx: (await machine.registers()).general.rbx });
    }
    expect(results[0]).toEqual(results[1]);
    expect(results[0]?.instructions).toBeGreaterThan(65535 * 5);
  });
});

describe('engines', () => {
  /** mov cx, 2000; inc ax; add bx, ax; loop; and all again */
  const BUSY = [0xb9, 0xd0, 0x07, 0x40, 0x01, 0xc3, 0xe2, 0xfb, 0xeb, 0xf6];

  test('change while the guest runs', async () => {
    const machine = await make(BUSY);
    expect((await machine.statistics()).engine).toBe('jit');
    await machine.start();
    await untilTranslated(machine, 0);
    await machine.setEngine('interpreter');
    const { engine, counters, instructions } = await machine.statistics();
    expect(engine).toBe('interpreter');
    await delay(30);
    const later = await machine.statistics();
    expect(later.counters['translated-executed']).toBe(counters['translated-executed']);
    expect(later.instructions).toBeGreaterThan(instructions);
    await machine.setEngine('jit');
    await untilTranslated(machine, counters['translated-executed'] ?? Infinity);
  });
  test('stay when it boots again', async () => {
    const machine = await make(HALT);
    await machine.setEngine('interpreter');
    await machine.setAcceleration('linking', false);
    const exit = exitOf(machine);
    await machine.start();
    await exit;
    await machine.start();
    expect((await machine.statistics()).engine).toBe('interpreter');
    expect((await machine.accelerations()).find((a) => a.name === 'linking')?.value).toBe(0);
  });
  test('lockstep is for life', async () => {
    const message = "setEngine: 'lockstep' is for a machine's whole life; choose it in createMachine()";
    const machine = await make(BUSY);
    await expect(machine.setEngine('lockstep')).rejects.toThrow(message);
    await expect(machine.setEngine('warp' as 'jit')).rejects.toThrow("engine: there is no 'warp'");
    const both = await make(BUSY, { engine: 'lockstep' });
    await expect(both.setEngine('jit')).rejects.toThrow(message);
  });
  test('lockstep runs a guest, echoes, boots again and ends', async () => {
    const machine = await make(ECHO, { engine: 'lockstep' });
    const answer = consoleText(machine, 'IBM');
    await machine.start();
    await machine.send('HAL');
    expect(await answer).toBe('IBM');
    await machine.reset();
    const again = consoleText(machine, 'IBM');
    await machine.send('HAL');
    await again;
    await machine.pause();
    expect(machine.state).toBe('paused');
    const { engine, guestSeconds, instructions } = await machine.statistics();
    expect([engine, guestSeconds]).toEqual(['lockstep', expect.closeTo(instructions * 1e-8, 3) as number]);
  });
  test('lockstep finds that the two differ', async () => {
    const host = new MachineHost();
    const exits: MachineExit[] = [];
    const sink = (event: MachineEvent): void => {
      if (event.type === 'state' && event.change.exit) exits.push(event.change.exit);
    };
    const config = checkOptions({ kernel: new Uint8Array(1), engine: 'lockstep', memory: '4M' });
    await host.load({ ...config, kernel: bootSector(BUSY), initrd: undefined }, sink);
    const { core } = (host as unknown as { powered: PoweredMachine }).powered;
    new DataView(core.memory.buffer).setUint32(core.at.REGS + 8 * 6, 0x77, true); // RSI of one of them
    await host.start();
    while (!exits.length) await delay(1);
    const crash = exits[0]?.crash;
    expect(crash?.message).toMatch(/^interpreter and translator differ after instruction 1000: rsi interpreter 0x0 /);
    expect(crash?.lockstep).toMatchObject({ from: 0, to: 1000, rip: 0x7c00n });
    host.dispose();
  });
});

describe('accelerations', () => {
  test('can be listed and changed, at creation and later', async () => {
    const machine = await make(FOREVER, { acceleration: { linking: false, region: 50 } });
    const value = async (name: string) => (await machine.accelerations()).find((a) => a.name === name)?.value;
    expect([await value('linking'), await value('region')]).toEqual([0, 50]);
    await machine.start();
    await machine.setAcceleration('linking', true);
    await machine.setAcceleration('region', 60);
    expect([await value('linking'), await value('region')]).toEqual([1, 60]);
    for (const { name, max, description } of await machine.accelerations())
      expect([/^[a-z-]+$/.test(name), max > 0, description.length > 0]).toEqual([true, true, true]);
  });
  test('that do not exist are refused, with those that do', async () => {
    const unknown = /^acceleration: there is no 'speed'; choose from: linking, /;
    await expect(make(FOREVER, { acceleration: { speed: true } })).rejects.toThrow(unknown);
    const machine = await make(FOREVER);
    await expect(machine.setAcceleration('speed', 5)).rejects.toThrow(unknown);
    await expect(machine.setAcceleration('linking', 'on' as never)).rejects.toThrow(/takes true, false or a number/);
  });
  test('counters have units and meanings', async () => {
    const machine = await make(HALT);
    const counters = await machine.counters();
    expect(counters.map((c) => c.name)).toEqual(Object.keys((await machine.statistics()).counters));
    expect(counters.every((c) => c.unit !== '' && c.description !== '')).toBe(true);
  });
});

describe('failures leave nothing behind', () => {
  test('a bad kernel rejects', async () => {
    await expect(make([], { kernel: new Uint8Array(600) })).rejects.toThrow(/^kernel: expected an ELF kernel/);
  });
  test('a missing core says how to make it', async () => {
    await expect(make(HALT, { wasmUrl: 'file:///nowhere/core.wasm' })).rejects.toThrow(
      /^cannot load the core from file:\/\/\/nowhere\/core\.wasm: .*; 'npm run build' makes it$/,
    );
  });
});

describe('traces', () => {
  test('say which encoding is not implemented', async () => {
    // addps xmm0, xmm1 raises #UD; the vector table of real mode sends it to 0:0, which halts.
    const machine = await make([0xc6, 0x06, 0x00, 0x00, 0xf4, 0x0f, 0x58, 0xc1], { traceUndefined: true });
    const traced = new Promise((resolve) => machine.on('trace', resolve));
    await machine.start();
    expect(await traced).toMatchObject({ kind: 'undefined-opcode' });
  });
  test('debug output is not lost, however much comes at once', async () => {
    // mov cx, 20000; mov al, 'x'; mov dx, E9h; out dx, al; loop; cli; hlt
    const code = [0xb9, 0x20, 0x4e, 0xb0, 0x78, 0xba, 0xe9, 0x00, 0xee, 0xe2, 0xfd, ...HALT];
    const machine = await make(code, { debugConsole: true });
    let count = 0;
    machine.on('console', (bytes, port) => void (count += port === 'debug' ? bytes.length : 0));
    const ended = exitOf(machine);
    await machine.start();
    await ended;
    expect(count).toBe(20_000);
  });
});
