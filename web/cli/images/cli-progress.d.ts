/** The part of cli-progress that is used here; the package has no types of its own. */
declare module 'cli-progress' {
  interface Options {
    format?: string;
    barsize?: number;
    hideCursor?: boolean;
    clearOnComplete?: boolean;
    /** Without a terminal: a line every `notTTYSchedule` milliseconds instead of nothing. */
    noTTYOutput?: boolean;
    notTTYSchedule?: number;
    stream?: NodeJS.WritableStream;
  }

  class SingleBar {
    constructor(options: Options, preset?: Options);
    start(total: number, value: number, payload?: object): void;
    update(value: number, payload?: object): void;
    stop(): void;
  }

  const Presets: { shades_classic: Options };

  export { Presets, SingleBar, type Options };
  // A CommonJS package: its names come as one default export
  const all: { SingleBar: typeof SingleBar; Presets: typeof Presets };
  export default all;
}
