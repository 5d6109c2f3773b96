/** Reads guest memory for tools, by physical or linear address. */
import type { Core } from './core.ts';
import { type GuestMemory, hex } from './guest-memory.ts';

export const READ_LIMIT = 16 * 1024 * 1024;
const PAGE = 4096n;
const UNMAPPED = 0xffff_ffff_ffff_ffffn;

export function readPhysical(memory: GuestMemory, address: bigint, length: number): Uint8Array {
  if (address + BigInt(length) > BigInt(memory.size))
    throw new Error(`readMemory: ${hex(address)} + ${length} bytes is beyond RAM, which ends at ${hex(memory.size)}`);
  return memory.read(Number(address), length);
}

/** Page by page through the guest's page tables. */
export function readLinear(core: Core, memory: GuestMemory, address: bigint, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const linear = BigInt.asUintN(64, address + BigInt(done));
    const physical = BigInt.asUintN(64, core.functions.inspect(linear));
    if (physical === UNMAPPED) throw new Error(`readMemory: linear address ${hex(linear)} is not mapped`);
    const count = Math.min(length - done, Number(PAGE - (linear % PAGE)));
    out.set(readPhysical(memory, physical, count), done);
    done += count;
  }
  return out;
}
