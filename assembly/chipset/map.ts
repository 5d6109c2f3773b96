/**
 * Where the chipset keeps its state: one block a device, handed out from DEVICES (layout.ts). All of a device's
 * state is in its block, so saving the machine is copying these bytes. From DEVICES + 0x10000 on is room for devices outside of chipset/.
 */
import { DEVICES } from '../layout';

export const A20: usize = DEVICES + 0x040;
export const PORT92: usize = DEVICES + 0x080;
export const RESET_CONTROL: usize = DEVICES + 0x0a0;
export const PORT61: usize = DEVICES + 0x0c0;
export const DMA_PAGES: usize = DEVICES + 0x0e0;
export const PIC_MASTER: usize = DEVICES + 0x100;
export const PIC_SLAVE: usize = DEVICES + 0x180;
export const PIT: usize = DEVICES + 0x200;
export const ACPI: usize = DEVICES + 0x380;
export const I8042: usize = DEVICES + 0x400;
export const COM1: usize = DEVICES + 0x500;
export const COM2: usize = DEVICES + 0x580;
export const RTC: usize = DEVICES + 0x600;
export const DEBUG_CONSOLE: usize = DEVICES + 0x700;
export const PCI_BUS: usize = DEVICES + 0x800;
/** PCI functions, PCI_FUNCTION_SIZE bytes each. */
export const PCI_FUNCTIONS: usize = DEVICES + 0x4000;
export const PCI_FUNCTION_SIZE: u32 = 0x400;
export const PCI_FUNCTION_COUNT: u32 = 32;
