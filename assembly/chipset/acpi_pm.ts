/**
 * ACPI fixed hardware as the 82371AB (PIIX4) has it (ACPI 4.8.3; 82371AB data sheet, "Power management I/O space"):
 *
 *   0x00 u16 PM1 status   0x02 u16 PM1 enable   0x04 u16 PM1 control   0x08 u32 PM timer
 *   0x0c u16 GPE0 status  0x0e u16 GPE0 enable
 *
 * The timer counts 3.579545 MHz in 24 bits. There is no SMI and no legacy mode: SCI_EN is always set, the FADT's SMI_CMD
 * is to be 0. SLP_EN with type S5_TYPE powers off; other sleep states are not offered and do nothing.
 */
import { now } from '../bus/clock';
import { setIrq } from '../bus/interrupts';
import { bits, field } from '../bus/section';
import { NEVER, persistTimer, register, schedule } from '../bus/timers';
import { ticksAt, timeOfTick } from './frequency';
import { Outcome, request } from '../bus/outcome';

/** SLP_TYPa of \_S5. */
export const S5_TYPE: u32 = 0;
export const PM_TIMER_HZ: u64 = 3_579_545;


@unmanaged
class AcpiPm {
  irq: u32;
  timer: u32;
  status: u32;
  enable: u32;
  control: u32;
  /** General purpose events: status 15:0, enable 31:16. */
  events: u32;
  /** The timer's ticks up to which `status` is right. */
  checked: u64;
}
const TMR: u32 = 1;
const GBL: u32 = 1 << 5;
const PWRBTN: u32 = 1 << 8;
const RTC: u32 = 1 << 10;
const WAK: u32 = 1 << 15;
const EVENTS: u32 = TMR | GBL | PWRBTN | RTC;
const SCI_EN: u32 = 1;
const SLP_TYP: u32 = 7 << 10;
const SLP_EN: u32 = 1 << 13;
const TIMER_MASK: u32 = 0xff_ffff;
/** TMR_STS is set when the highest bit of the timer changes. */
const TIMER_HIGH_BIT: u64 = 23;
const STATUS: u32 = 0;
const CONTROL: u32 = 4;
const TIMER: u32 = 8;
const GENERAL: u32 = 12;

export function attach(device: usize, irq: u32): void {
  const d = changetype<AcpiPm>(device);
  d.irq = irq;
  d.timer = register(device, onOverflow);
}
export function reset(device: usize): void {
  const d = changetype<AcpiPm>(device);
  d.status = 0;
  d.enable = 0;
  d.control = SCI_EN;
  d.events = 0;
  d.checked = ticks();
  settle(d);
}
/** The user presses the power button: the guest is asked to shut down. */
export function pressPowerButton(device: usize): void {
  const d = changetype<AcpiPm>(device);
  d.status |= PWRBTN;
  settle(d);
}

/** General purpose event `n`, 0 to 15, happens. */
export function raiseEvent(device: usize, n: u32): void {
  const d = changetype<AcpiPm>(device);
  d.events |= (1 << n) & 0xffff;
  settle(d);
}
export function persist(device: usize): void {
  const d = changetype<AcpiPm>(device);
  d.status = bits(d.status, EVENTS | WAK);
  d.enable = bits(d.enable, EVENTS);
  d.control = bits(d.control, SLP_TYP | SCI_EN) | SCI_EN;
  d.events = field<u32>(d.events);
  d.checked = field<u64>(d.checked);
  persistTimer(d.timer);
}

function ticks(): u64 {
  return ticksAt(now(), PM_TIMER_HZ);
}
function look(d: AcpiPm): void {
  const t = ticks();
  if (t >> TIMER_HIGH_BIT != d.checked >> TIMER_HIGH_BIT) d.status |= TMR;
  d.checked = t;
}
/** The system control interrupt is a level; the timer runs only when its event would raise it. */
function settle(d: AcpiPm): void {
  setIrq(d.irq, (d.status & d.enable & EVENTS) != 0 || (d.events & (d.events >> 16)) != 0);
  const wait = (d.enable & ~d.status & TMR) != 0;
  const change = ((d.checked >> TIMER_HIGH_BIT) + 1) << TIMER_HIGH_BIT;
  schedule(d.timer, wait ? timeOfTick(change, PM_TIMER_HZ) : NEVER);
}
function onOverflow(device: usize, deadline: u64): void {
  const d = changetype<AcpiPm>(device);
  look(d);
  settle(d);
}

export function read(device: usize, offset: u32, size: u32): u32 {
  const d = changetype<AcpiPm>(device);
  const shift = (offset & 3) << 3;
  return (registerAt(d, offset & ~3) >> shift) & ((<u32>0xffff_ffff) >> (32 - (size << 3)));
}
function registerAt(d: AcpiPm, offset: u32): u32 {
  if (offset == TIMER) return (<u32>ticks()) & TIMER_MASK;
  if (offset == CONTROL) return d.control;
  if (offset == GENERAL) return d.events;
  if (offset != STATUS) return 0;
  look(d);
  return d.status | (d.enable << 16);
}
/** `touched`: the bits of the register that the access covers. */
export function write(device: usize, offset: u32, size: u32, value: u32): void {
  const d = changetype<AcpiPm>(device);
  const shift = (offset & 3) << 3;
  const touched = ((<u32>0xffff_ffff) >> (32 - (size << 3))) << shift;
  if ((offset & ~3) == CONTROL) return writeControl(d, (d.control & ~touched) | ((value << shift) & touched));
  if ((offset & ~3) == GENERAL) return writeEvents(d, touched, value << shift);
  if ((offset & ~3) != STATUS) return;
  look(d);
  const bits = value << shift;
  d.status &= ~(bits & touched & (EVENTS | WAK));
  const enable = ((d.enable << 16) & ~touched) | (bits & touched);
  d.enable = (enable >> 16) & EVENTS;
  settle(d);
}
/** Status bits are cleared by writing 1. */
function writeEvents(d: AcpiPm, touched: u32, value: u32): void {
  const status = d.events & 0xffff & ~(value & touched);
  const enable = ((d.events & ~touched) | (value & touched)) & 0xffff_0000;
  d.events = status | enable;
  settle(d);
}
function writeControl(d: AcpiPm, value: u32): void {
  d.control = (value & SLP_TYP) | SCI_EN;
  if (value & SLP_EN && (value & SLP_TYP) >> 10 == S5_TYPE) request(Outcome.PoweredOff);
}
