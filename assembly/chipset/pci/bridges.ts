/**
 * The functions that every machine has: i440FX host bridge, PIIX3 ISA bridge and PIIX4 power management (82441FX,
 * 82371SB, 82371AB data sheets). Registers of the first two are storage, but for the interrupt routes (bus.ts); the
 * third gives the ACPI block (acpi_pm.ts) its place in port space.
 */
import * as acpi from '../acpi_pm';
import { add, setRouter } from './bus';
import { addWindow, Config, PciFunction, setConfig, setWritable, WindowKind } from './device';

const INTEL: u32 = 0x8086;
const MULTIFUNCTION: u8 = 0x80;
/** Fast back-to-back, medium DEVSEL# timing. */
const STATUS: u16 = 0x0280;
/** PMBASE, and PMREGMISC whose bit 0 enables the block of 64 ports. */
export const PM_BASE: u32 = 0x40;
export const PM_ENABLE: u32 = 0x80;
const PM_SIZE: u32 = 64;
/** Programmable attribute maps PAM0 to PAM6, and SMRAM control behind some others. */
const PAM: u32 = 0x59;
const SMRAM: u32 = 0x72;
const ROUTES: u32 = 0x60;

/** PAM0's low half is reserved; the others shadow C0000h to EFFFFh. RAM here is RAM, whatever they say. */
export function addHostBridge(devfn: u32): PciFunction {
  const f = add(devfn, INTEL, 0x1237, 0x0600_0002);
  setConfig<u16>(f, Config.Command, 0x0006);
  setConfig<u16>(f, Config.Status, STATUS);
  setWritable<u16>(f, Config.Command, 0);
  setWritable<u8>(f, Config.InterruptLine, 0);
  setWritable<u8>(f, PAM, 0x30);
  for (let i: u32 = 1; i < 7; i++) setWritable<u8>(f, PAM + i, 0x33);
  setWritable<u8>(f, SMRAM, 0x78);
  return f;
}
export function addIsaBridge(devfn: u32): PciFunction {
  const f = add(devfn, INTEL, 0x7000, 0x0601_0000);
  setConfig<u16>(f, Config.Command, 0x0007);
  setConfig<u16>(f, Config.Status, 0x0200);
  setConfig<u8>(f, Config.HeaderType, MULTIFUNCTION);
  setWritable<u16>(f, Config.Command, 0);
  setWritable<u8>(f, Config.InterruptLine, 0);
  setWritable<u32>(f, ROUTES, 0x8f8f_8f8f);
  setRouter(f);
  return f;
}
/** Revision 3: its timer reads right at once (earlier ones have to be read three times). */
export function addPowerManagement(devfn: u32, acpiDevice: usize): PciFunction {
  const f = add(devfn, INTEL, 0x7113, 0x0680_0003);
  setConfig<u16>(f, Config.Status, STATUS);
  setConfig<u32>(f, PM_BASE, 1);
  setWritable<u16>(f, PM_BASE, 0xffc0);
  setWritable<u8>(f, PM_ENABLE, 1);
  const w = addWindow(f, 0, WindowKind.Io, PM_SIZE, PM_BASE, acpiDevice, acpi.read, acpi.write);
  w.enableAt = <u16>PM_ENABLE;
  w.enableBit = 1;
  return f;
}
