/** Finds the boot protocol of a kernel by its content: PVH, then multiboot, Linux bzImage, boot sector. */
import { isBootSector, planBootSector } from './bootsector.ts';
import { isBzImage, planBzImage } from './bzimage.ts';
import { isElf, parseElf } from './elf.ts';
import { describeBytes, identify } from './identify.ts';
import { findMultibootHeader, planMultiboot } from './multiboot.ts';
import type { BootInput, BootPlan, BootProtocol } from './protocol.ts';
import { planPvh, pvhEntry } from './pvh.ts';

const EXPECTED =
  'expected an ELF kernel with a PVH note (Linux: CONFIG_PVH=y), a multiboot image, a Linux bzImage or a boot sector';

export function planBoot(input: BootInput): BootPlan {
  try {
    return protocolOf(input.kernel)(input);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`kernel: ${reason}`, { cause });
  }
}
function protocolOf(kernel: Uint8Array): BootProtocol {
  const elf = isElf(kernel);
  const multiboot = findMultibootHeader(kernel) !== undefined;
  // A damaged ELF file is an error of its own, unless multiboot addresses make it irrelevant.
  if (elf && (!multiboot || isReadableElf(kernel)) && pvhEntry(parseElf(kernel)) !== undefined) return planPvh;
  if (multiboot) return planMultiboot;
  if (isBzImage(kernel)) return planBzImage;
  if (!elf && isBootSector(kernel)) return planBootSector;
  throw new Error(`${EXPECTED}; found: ${identify(kernel).description} (${describeBytes(kernel)})`);
}
function isReadableElf(kernel: Uint8Array): boolean {
  try {
    return parseElf(kernel) !== undefined;
  } catch {
    return false;
  }
}
