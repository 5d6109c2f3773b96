/**
 * Checks of JSON that came from a file: each reader returns a typed value or throws an ImageError that names
 * the file, the field, what was expected and what stands there.
 */
import { ImageError } from './error.ts';

export class Fields {
  private readonly where: string;
  private readonly values: Record<string, unknown>;

  constructor(where: string, value: unknown) {
    this.where = where;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ImageError(`${where}: expected an object, found ${shown(value)}`);
    }
    this.values = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  text(name: string, pattern = /./): string {
    const value = this.values[name];
    if (typeof value === 'string' && pattern.test(value)) return value;
    return this.wrong(name, pattern.source === '.' ? 'a text' : `a text like ${pattern}`);
  }

  /** A text that may be empty or absent. */
  optionalText(name: string): string {
    const value = this.values[name] ?? '';
    return typeof value === 'string' ? value : this.wrong(name, 'a text');
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.values[name]);
    return found ?? this.wrong(name, `one of ${choices.join(', ')}`);
  }

  flag(name: string): boolean {
    const value = this.values[name];
    return typeof value === 'boolean' ? value : this.wrong(name, 'true or false');
  }

  count(name: string): number {
    const value = this.values[name];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : this.wrong(name, 'a whole number');
  }

  object(name: string): Fields {
    return new Fields(`${this.where}: ${name}`, this.values[name]);
  }

  list<T>(name: string, read: (entry: Fields) => T): T[] {
    const value = this.values[name];
    if (!Array.isArray(value) || value.length === 0) return this.wrong(name, 'a list with at least one entry');
    return value.map((entry, index) => read(new Fields(`${this.where}: ${name}[${index}]`, entry)));
  }

  /** An object whose every value is a positive number; the order of the file is kept. */
  weights(name: string): Record<string, number> {
    const entries = Object.entries(this.object(name).values);
    const positive = ([, value]: [string, unknown]) => typeof value === 'number' && value > 0;
    if (entries.length === 0 || !entries.every(positive)) return this.wrong(name, 'an object of positive numbers');
    return Object.fromEntries(entries) as Record<string, number>;
  }

  wrong(name: string, expected: string): never {
    const found = name in this.values ? `found ${shown(this.values[name])}` : 'it is missing';
    throw new ImageError(`${this.where}: "${name}" should be ${expected}; ${found}`);
  }
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}

/** Parses a file's text as JSON, with an error that names the file. */
export function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ImageError(`${where}: not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
