/**
 * Tells a guest that it is not the machine that it was: two that come from one snapshot would else draw the same random
 * numbers. The Virtual Machine Generation ID (Microsoft, "Virtual Machine Generation ID", 2012): 16 bytes of RAM that
 * ACPI names (boot/tables.ts), and a notification; Linux reseeds with them (CONFIG_VMGENID).
 */
import { GENERATION_EVENT, GENERATION_ID, hasTables } from '../boot/tables.ts';
import type { Core } from '../core.ts';
import type { GuestMemory } from '../guest-memory.ts';

const BYTES = 16;

/** A guest that was not given our tables is left alone. */
export function renewIdentity(
  core: Core,
  memory: GuestMemory,
  id = crypto.getRandomValues(new Uint8Array(BYTES)),
): void {
  if (!hasTables(memory)) return;
  memory.write(GENERATION_ID, id);
  core.functions.markDirty(GENERATION_ID, BYTES);
  core.functions.raiseEvent(GENERATION_EVENT);
}
