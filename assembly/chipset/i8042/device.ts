/**
 * The PS/2 keyboard controller: command and data port, output buffer, its 32 bytes of RAM (byte 0 is the command
 * byte), the output port with A20 and reset (IBM PS/2 Technical Reference, "Keyboard and auxiliary device controller").
 * Keyboard and mouse are devices of their own that attach to its two ports.
 *
 * A port without a device behaves as hardware does: the interface tests pass, and a byte sent to it comes back as FEh
 * with the time-out bit, at once. A driver's probe then ends after its retries instead of waiting for an answer.
 */
import { Outcome, request } from '../../bus/outcome';
import { atMost, bits, block } from '../../bus/section';
import { A20Source, setA20 } from '../a20';
import { readBytes, writeBytes } from '../bytewide';
import {
  answer,
  CAPACITY,
  CB_AUX_OFF,
  CB_KEYBOARD_INT,
  CB_KEYBOARD_OFF,
  CB_SYSTEM,
  CB_TRANSLATE,
  commandByte,
  driveIrqs,
  ENTRY,
  FROM_AUX,
  I8042,
  queueAt,
  RAM,
  refill,
  setCommandByte,
  TIMEOUT,
} from './state';

const RESEND: u32 = 0xfe;
// Status register
const ST_OBF: u32 = 0x01;
const ST_COMMAND: u32 = 0x08;
const ST_UNLOCKED: u32 = 0x10;
const ST_AUX: u32 = 0x20;
const ST_TIMEOUT: u32 = 0x40;
// Output port; an input port with nothing but the keyboard lock open and no manufacturing jumper
const OUT_NO_RESET: u32 = 0x01;
const OUT_A20: u32 = 0x02;
const OUT_IDLE: u32 = 0xcf;
const INPUT_PORT: u32 = 0xa0;

export function attach(device: usize, irqKeyboard: u32, irqAux: u32): void {
  if (offsetof<I8042>() > RAM) ERROR('I8042 runs into the RAM behind it');
  const c = changetype<I8042>(device);
  c.irqKeyboard = irqKeyboard;
  c.irqAux = irqAux;
}
/** As firmware leaves it: keyboard on, translating, with interrupt; AUX off; A20 open. */
export function reset(device: usize): void {
  const c = changetype<I8042>(device);
  memory.fill(device + RAM, 0, 32);
  for (let q: u32 = 0; q < 3; q++) store<u32>(queueAt(device, q), 0, 4);
  setCommandByte(device, CB_KEYBOARD_INT | CB_SYSTEM | CB_AUX_OFF | CB_TRANSLATE);
  c.buffer = 0;
  c.full = 0;
  c.command = 0;
  c.expecting = 0;
  c.outputPort = OUT_IDLE;
  setA20(A20Source.KeyboardController, true);
  driveIrqs(device);
}

export function readData(device: usize, offset: u32, size: u32): u32 {
  if (size != 1) return readBytes(device, offset, size, readData);
  if (offset) return 0xff;
  const c = changetype<I8042>(device);
  const value = c.buffer & 0xff;
  c.full = 0;
  driveIrqs(device);
  refill(device);
  return value;
}
export function readStatus(device: usize, offset: u32, size: u32): u32 {
  if (size != 1) return readBytes(device, offset, size, readStatus);
  if (offset) return 0xff;
  const c = changetype<I8042>(device);
  let status = ST_UNLOCKED | (commandByte(device) & CB_SYSTEM);
  if (c.command) status |= ST_COMMAND;
  if (!c.full) return status;
  if (c.buffer & FROM_AUX) status |= ST_AUX;
  if (c.buffer & TIMEOUT) status |= ST_TIMEOUT;
  return status | ST_OBF;
}
export function writeData(device: usize, offset: u32, size: u32, value: u32): void {
  if (size != 1) return writeBytes(device, offset, size, value, writeData);
  if (offset) return;
  const c = changetype<I8042>(device);
  const expecting = c.expecting;
  c.command = 0;
  c.expecting = 0;
  if (expecting) operand(device, expecting, value & 0xff);
  else sendKeyboard(device, value & 0xff);
  refill(device);
}
function operand(device: usize, command: u32, value: u32): void {
  if (command < 0x80) store<u8>(device + RAM + (command & 31), <u8>value);
  else if (command == 0xd1) writeOutputPort(device, value);
  else if (command == 0xd2) answer(device, value);
  else if (command == 0xd3) answer(device, value | FROM_AUX);
  else sendAux(device, value);
}
/** Sending to the keyboard switches its port on. */
function sendKeyboard(device: usize, byte: u32): void {
  const c = changetype<I8042>(device);
  setCommandByte(device, commandByte(device) & ~CB_KEYBOARD_OFF);
  if (c.keyboardHandler) call_indirect<void>(c.keyboardHandler, c.keyboard, byte);
  else answer(device, RESEND | TIMEOUT);
}
function sendAux(device: usize, byte: u32): void {
  const c = changetype<I8042>(device);
  setCommandByte(device, commandByte(device) & ~CB_AUX_OFF);
  if (c.auxHandler) call_indirect<void>(c.auxHandler, c.aux, byte);
  else answer(device, RESEND | TIMEOUT | FROM_AUX);
}
function writeOutputPort(device: usize, value: u32): void {
  changetype<I8042>(device).outputPort = value;
  setA20(A20Source.KeyboardController, (value & OUT_A20) != 0);
  if (!(value & OUT_NO_RESET)) request(Outcome.Reset);
}
/** Bits 4 and 5 are the interrupt lines. */
function outputPort(device: usize): u32 {
  const c = changetype<I8042>(device);
  const lines = !c.full ? 0 : c.buffer & FROM_AUX ? 0x20 : 0x10;
  return (c.outputPort & 0xcf) | lines;
}

export function writeCommand(device: usize, offset: u32, size: u32, value: u32): void {
  if (size != 1) return writeBytes(device, offset, size, value, writeCommand);
  if (offset) return;
  const c = changetype<I8042>(device);
  c.command = 1;
  c.expecting = 0;
  run(device, value & 0xff);
  refill(device);
}
function run(device: usize, command: u32): void {
  if (command >= 0x20 && command < 0x40) return answer(device, load<u8>(device + RAM + (command & 31)));
  if (command >= 0x60 && command < 0x80) return expect(device, command);
  if (command >= 0xf0) return pulse(command);
  const c = changetype<I8042>(device);
  const byte = commandByte(device);
  switch (command) {
    case 0xa4:
      return answer(device, 0xf1); // no password is set
    case 0xa7:
      return setCommandByte(device, byte | CB_AUX_OFF);
    case 0xa8:
      return setCommandByte(device, byte & ~CB_AUX_OFF);
    case 0xa9:
    case 0xab:
      return answer(device, 0); // interface tests: lines are fine
    case 0xaa:
      return answer(device, 0x55); // self test passed
    case 0xad:
      return setCommandByte(device, byte | CB_KEYBOARD_OFF);
    case 0xae:
      return setCommandByte(device, byte & ~CB_KEYBOARD_OFF);
    case 0xc0:
      return answer(device, INPUT_PORT);
    case 0xd0:
      return answer(device, outputPort(device));
    case 0xd1:
    case 0xd2:
    case 0xd3:
    case 0xd4:
      return expect(device, command);
    case 0xdd:
      return writeOutputPort(device, c.outputPort & ~OUT_A20);
    case 0xdf:
      return writeOutputPort(device, c.outputPort | OUT_A20);
  }
}
function expect(device: usize, command: u32): void {
  changetype<I8042>(device).expecting = command;
}
/** F0h to FFh pulse those output lines low whose bit is 0; line 0 is the CPU's reset. */
function pulse(command: u32): void {
  if (!(command & 1)) request(Outcome.Reset);
}
/** Devices on the two ports are attached, not restored. */
export function persist(device: usize): void {
  const c = changetype<I8042>(device);
  c.buffer = bits(c.buffer, ENTRY);
  c.full = bits(c.full, 1);
  c.command = bits(c.command, 1);
  c.expecting = bits(c.expecting, 0xff);
  c.outputPort = bits(c.outputPort, 0xff);
  block(device + RAM, 32);
  for (let q: u32 = 0; q < 3; q++) persistQueue(queueAt(device, q));
}
function persistQueue(queue: usize): void {
  store<u32>(queue, bits(load<u32>(queue), CAPACITY - 1));
  store<u32>(queue, atMost(load<u32>(queue, 4), CAPACITY), 4);
  block(queue + 8, CAPACITY * 2);
}
