/**
 * The PS/2 keyboard controller: command and data port, output buffer, its 32 bytes of RAM (byte 0 is the command
 * byte), the output port with A20 and reset (IBM PS/2 Technical Reference, "Keyboard and auxiliary device controller").
 * Keyboard and mouse are devices of their own that attach to its two ports.
 *
 * A port without a device behaves as hardware does: the interface tests pass, and a byte sent to it comes back as FEh
 * with the time-out bit, at once. A driver's probe then ends after its retries instead of waiting for an answer.
 *
 * Bytes wait in three queues for the output buffer: the controller's own answers first, then keyboard, then AUX.
 * Bits of an entry: data 7:0, time-out 8, AUX 9.
 */
import { setIrq } from '../bus/interrupts';
import { A20Source, setA20 } from './a20';
import { readBytes, writeBytes } from './bytewide';
import { Outcome, request } from '../bus/outcome';

/** A byte for an attached device: (device, byte). */
export type ByteHandler = (device: usize, byte: u32) => void;

@unmanaged
class I8042 {
  irqKeyboard: u32;
  irqAux: u32;
  keyboard: usize;
  keyboardHandler: u32;
  aux: usize;
  auxHandler: u32;
  /** The entry in the output buffer. */
  buffer: u32;
  full: u32;
  /** The last write went to the command port. */
  command: u32;
  /** The command that the next data byte belongs to; 0: it is for the keyboard. */
  expecting: u32;
  outputPort: u32;
}
/** 32 bytes, then three queues {u32 first, u32 count, u16[16]}. */
const RAM: usize = 64;
const QUEUES: usize = 96;
const QUEUE_SIZE: u32 = 40;
const CAPACITY: u32 = 16;
namespace Queue {
  export const Answer: u32 = 0;
  export const Keyboard: u32 = 1;
  export const Aux: u32 = 2;
}
const TIMEOUT: u32 = 0x100;
const FROM_AUX: u32 = 0x200;
const RESEND: u32 = 0xfe;

// Status register
const ST_OBF: u32 = 0x01;
const ST_COMMAND: u32 = 0x08;
const ST_UNLOCKED: u32 = 0x10;
const ST_AUX: u32 = 0x20;
const ST_TIMEOUT: u32 = 0x40;
// Command byte
const CB_KEYBOARD_INT: u32 = 0x01;
const CB_AUX_INT: u32 = 0x02;
const CB_SYSTEM: u32 = 0x04;
const CB_KEYBOARD_OFF: u32 = 0x10;
const CB_AUX_OFF: u32 = 0x20;
const CB_TRANSLATE: u32 = 0x40;
// Output port; an input port with nothing but the keyboard lock open and no manufacturing jumper
const OUT_NO_RESET: u32 = 0x01;
const OUT_A20: u32 = 0x02;
const OUT_IDLE: u32 = 0xcf;
const INPUT_PORT: u32 = 0xa0;

export function attach(device: usize, irqKeyboard: u32, irqAux: u32): void {
  const c = changetype<I8042>(device);
  c.irqKeyboard = irqKeyboard;
  c.irqAux = irqAux;
}
/** A device on the keyboard port; it gets the bytes that the guest sends, and answers with `receive`. */
export function attachKeyboard(controller: usize, device: usize, handler: ByteHandler): void {
  const c = changetype<I8042>(controller);
  c.keyboard = device;
  c.keyboardHandler = handler.index;
}
export function attachAux(controller: usize, device: usize, handler: ByteHandler): void {
  const c = changetype<I8042>(controller);
  c.aux = device;
  c.auxHandler = handler.index;
}
/** A byte from a device. False: no room, it has to come again. */
export function receive(controller: usize, aux: bool, byte: u32): bool {
  const taken = aux
    ? enqueue(controller, Queue.Aux, byte | FROM_AUX)
    : enqueue(controller, Queue.Keyboard, byte);
  refill(controller);
  return taken;
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

function queueAt(device: usize, q: u32): usize {
  return device + QUEUES + q * QUEUE_SIZE;
}
function enqueue(device: usize, q: u32, entry: u32): bool {
  const queue = queueAt(device, q);
  const count = load<u32>(queue, 4);
  if (count == CAPACITY) return false;
  const slot = (load<u32>(queue) + count) & (CAPACITY - 1);
  store<u16>(queue + 8 + slot * 2, <u16>entry);
  store<u32>(queue, count + 1, 4);
  return true;
}
function dequeue(queue: usize): u32 {
  const first = load<u32>(queue);
  store<u32>(queue, (first + 1) & (CAPACITY - 1));
  store<u32>(queue, load<u32>(queue, 4) - 1, 4);
  return load<u16>(queue + 8 + first * 2);
}
function commandByte(device: usize): u32 {
  return load<u8>(device + RAM);
}
function setCommandByte(device: usize, value: u32): void {
  store<u8>(device + RAM, <u8>value);
}
/** The queue whose byte may go out next; a port that is off keeps its bytes. */
function nextQueue(device: usize): usize {
  for (let q: u32 = 0; q < 3; q++) {
    const off = q == Queue.Keyboard ? CB_KEYBOARD_OFF : q == Queue.Aux ? CB_AUX_OFF : 0;
    const queue = queueAt(device, q);
    if (load<u32>(queue, 4) && !(commandByte(device) & off)) return queue;
  }
  return 0;
}
/** An empty output buffer takes the next byte; the interrupt lines follow the buffer. */
function refill(device: usize): void {
  const c = changetype<I8042>(device);
  if (!c.full) {
    const queue = nextQueue(device);
    if (queue) {
      c.buffer = dequeue(queue);
      c.full = 1;
    }
  }
  driveIrqs(device);
}
function driveIrqs(device: usize): void {
  const c = changetype<I8042>(device);
  const aux = (c.buffer & FROM_AUX) != 0;
  const enabled = commandByte(device);
  setIrq(c.irqKeyboard, c.full != 0 && !aux && (enabled & CB_KEYBOARD_INT) != 0);
  setIrq(c.irqAux, c.full != 0 && aux && (enabled & CB_AUX_INT) != 0);
}
function answer(device: usize, entry: u32): void {
  enqueue(device, Queue.Answer, entry);
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
  const byte = commandByte(device);
  switch (command) {
    case 0xa4: return answer(device, 0xf1); // no password is set
    case 0xa7: return setCommandByte(device, byte | CB_AUX_OFF);
    case 0xa8: return setCommandByte(device, byte & ~CB_AUX_OFF);
    case 0xa9:
    case 0xab: return answer(device, 0); // interface tests: lines are fine
    case 0xaa: return answer(device, 0x55); // self test passed
    case 0xad: return setCommandByte(device, byte | CB_KEYBOARD_OFF);
    case 0xae: return setCommandByte(device, byte & ~CB_KEYBOARD_OFF);
    case 0xc0: return answer(device, INPUT_PORT);
    case 0xd0: return answer(device, outputPort(device));
    case 0xd1:
    case 0xd2:
    case 0xd3:
    case 0xd4: return expect(device, command);
    case 0xdd: return setA20(A20Source.KeyboardController, false);
    case 0xdf: return setA20(A20Source.KeyboardController, true);
  }
}
function expect(device: usize, command: u32): void {
  changetype<I8042>(device).expecting = command;
}
/** F0h to FFh pulse those output lines low whose bit is 0; line 0 is the CPU's reset. */
function pulse(command: u32): void {
  if (!(command & 1)) request(Outcome.Reset);
}
