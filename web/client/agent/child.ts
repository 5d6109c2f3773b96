/**
 * A child process in the guest, seen from here: waits for the agent, feeds it, keeps or streams what it writes, bounds it
 * in time and output, and learns how it ended. Commands (exec.ts) and operations on files (files.ts) are children.
 */
import type { MachineState } from '../../machine/types.ts';
import { AgentError, describeState } from './errors.ts';
import { Channel, type OutputChannel } from './frames.ts';
import { type Input, openInput } from './input.ts';
import type { AgentLink } from './link.ts';
import { Output } from './output.ts';
import { encodeRequest, type Request } from './request.ts';
import type { AgentStream, ChildEnd, ChildFailure } from './stream.ts';
import type { InputSource } from './types.ts';

/** Bytes of each output that may be on the way. */
const WINDOW = 64 * 1024;
/** How long to wait for a guest that boots, when nobody says. */
const AGENT_MS = 60_000;
/** A child that was killed ends within this time, or something is wrong. */
const GRACE_MS = 5_000;
const SECOND = 1_000;
const SIGKILL = 9;

export interface ChildOptions {
  /** Errors begin with it. */
  readonly what: string;
  readonly request: Request;
  readonly input: InputSource | undefined;
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly maxOutput: number;
  /** An error to be made of how it ended, if it is one. */
  readonly verdict: (outcome: Outcome) => Error | undefined;
}
/** One of `end` and `failure` is there; `stopped` when it was our doing. */
export interface Outcome {
  readonly end?: ChildEnd;
  readonly failure?: ChildFailure;
  readonly stopped?: 'timeout' | 'output' | undefined;
}
/** What a child needs of its machine. */
export interface Agent {
  readonly link: AgentLink;
  readonly state: MachineState;
}

export class Child {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly outcome: Promise<Outcome>;
  private readonly agent: Agent;
  private readonly options: ChildOptions;
  private stream: AgentStream | undefined;
  private input: Input | undefined;
  private stopped: 'timeout' | 'output' | undefined;
  private kept = 0;
  /** Signals that were sent before there was anybody to get them. */
  private readonly early: number[] = [];
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private readonly giveUp = new AbortController();
  private settle!: { resolve: (outcome: Outcome) => void; reject: (error: Error) => void };

  constructor(agent: Agent, options: ChildOptions) {
    this.agent = agent;
    this.options = options;
    this.stdout = this.output(Channel.Stdout);
    this.stderr = this.output(Channel.Stderr);
    this.outcome = this.run();
  }

  signal(number: number): void {
    if (this.stream) this.stream.signal(number);
    else this.early.push(number);
  }

  private async run(): Promise<Outcome> {
    try {
      const outcome = await this.execute();
      const error = this.options.verdict(outcome);
      if (error) throw error;
      this.stdout.end();
      this.stderr.end();
      return outcome;
    } catch (error) {
      this.stdout.fail(error as Error);
      this.stderr.fail(error as Error);
      throw error;
    }
  }
  private async execute(): Promise<Outcome> {
    const { what, signal, timeout } = this.options;
    const settled = new Promise<Outcome>((resolve, reject) => (this.settle = { resolve, reject }));
    settled.catch(() => undefined); // it may reject while we wait for the agent
    const onAbort = (): void => this.aborted(signal?.reason as Error);
    try {
      signal?.throwIfAborted();
      signal?.addEventListener('abort', onAbort);
      if (timeout === undefined) this.afterAwake(AGENT_MS, () => this.stream ?? this.timedOut(AGENT_MS));
      else this.after(timeout, () => this.timedOut(timeout));
      await this.start();
      return await settled;
    } catch (error) {
      throw error instanceof AgentError ? new AgentError(`${what}: ${error.message}`) : error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      for (const timer of this.timers) clearTimeout(timer);
      this.input?.cancel();
    }
  }
  private async start(): Promise<void> {
    const input = (this.input = openInput(this.options.input, `${this.options.what}: stdin`));
    this.stream = await this.agent.link.open(
      encodeRequest(this.options.request, WINDOW),
      WINDOW,
      {
        data: (channel, bytes) => (channel === Channel.Stdout ? this.stdout : this.stderr).push(bytes),
        exit: (end) => this.settle.resolve({ end, stopped: this.stopped }),
        failed: (failure) => this.settle.resolve({ failure }),
        lost: (error) => this.settle.reject(error),
      },
      this.giveUp.signal,
    );
    for (const number of this.early) this.stream.signal(number);
    void this.feed(this.stream, input);
  }
  private async feed(stream: AgentStream, input: Input): Promise<void> {
    try {
      for (let piece = await input.next(); piece; piece = await input.next()) {
        if (!(await stream.write(piece))) break;
      }
      stream.end();
    } catch (error) {
      // The source of the input has failed: what the command would make of half of it is not wanted.
      stream.signal(SIGKILL);
      this.settle.reject(error as Error);
    }
  }

  private timedOut(ms: number): void {
    const { state } = this.agent;
    const why =
      state === 'running' ? 'is running: does it still boot, or has its image no agent?' : describeState(state);
    if (this.stream) this.stop('timeout');
    else this.giveUp.abort(new AgentError(`the guest's agent did not answer within ${ms} ms; the machine ${why}`));
  }
  private aborted(reason: Error): void {
    this.giveUp.abort(reason);
    this.stream?.signal(SIGKILL);
    this.settle.reject(reason);
  }
  private stop(why: 'timeout' | 'output'): void {
    if (this.stopped) return;
    this.stopped = why;
    this.stream?.signal(SIGKILL);
    this.afterAwake(GRACE_MS, () => {
      const state = describeState(this.agent.state);
      const message = `the guest did not confirm within ${GRACE_MS} ms that the command was killed (${why}); the machine ${state}`;
      this.settle.reject(new AgentError(message));
    });
  }
  private after(ms: number, callback: () => void): void {
    this.timers.add(setTimeout(callback, ms));
  }
  /** Time in which this program was stopped (a laptop that slept) counts as a second: the guest stood still as well. */
  private afterAwake(ms: number, callback: () => void): void {
    if (ms <= 0) callback();
    else this.after(Math.min(ms, SECOND), () => this.afterAwake(ms - SECOND, callback));
  }
  private output(channel: OutputChannel): Output {
    return new Output({
      consumed: (bytes) => this.stream?.consumed(channel, bytes),
      cancelled: () => this.stream?.close(channel),
      keep: (bytes) => this.keep(bytes),
    });
  }
  private keep(bytes: number): number {
    const kept = Math.min(bytes, this.options.maxOutput - this.kept);
    this.kept += kept;
    if (kept < bytes) this.stop('output');
    return kept;
  }
}
