/**
 * Registers of the keyboard controller, the devices on its two ports, and the way of a byte to the guest: three queues
 * wait for the one output buffer, the controller's own answers first, then keyboard, then AUX; interrupt lines follow
 * the buffer. Bits of an entry: data 7:0, time-out 8, AUX 9.
 */
import { setIrq } from '../../bus/interrupts';

/** A byte for an attached device: (device, byte). */
export type ByteHandler = (device: usize, byte: u32) => void;


@unmanaged
export class I8042 {
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
export const RAM: usize = 64;
const QUEUES: usize = 96;
const QUEUE_SIZE: u32 = 40;
export const CAPACITY: u32 = 16;
export namespace Queue {
  export const Answer: u32 = 0;
  export const Keyboard: u32 = 1;
  export const Aux: u32 = 2;
}
export const TIMEOUT: u32 = 0x100;
export const FROM_AUX: u32 = 0x200;
export const ENTRY: u32 = 0x3ff;

// Command byte
export const CB_KEYBOARD_INT: u32 = 0x01;
export const CB_AUX_INT: u32 = 0x02;
export const CB_SYSTEM: u32 = 0x04;
export const CB_KEYBOARD_OFF: u32 = 0x10;
export const CB_AUX_OFF: u32 = 0x20;
export const CB_TRANSLATE: u32 = 0x40;

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
  const taken = aux ? enqueue(controller, Queue.Aux, byte | FROM_AUX) : enqueue(controller, Queue.Keyboard, byte);
  refill(controller);
  return taken;
}

export function queueAt(device: usize, q: u32): usize {
  return device + QUEUES + q * QUEUE_SIZE;
}
export function enqueue(device: usize, q: u32, entry: u32): bool {
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
export function commandByte(device: usize): u32 {
  return load<u8>(device + RAM);
}
export function setCommandByte(device: usize, value: u32): void {
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
export function refill(device: usize): void {
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
export function driveIrqs(device: usize): void {
  const c = changetype<I8042>(device);
  const aux = (c.buffer & FROM_AUX) != 0;
  const enabled = commandByte(device);
  setIrq(c.irqKeyboard, c.full != 0 && !aux && (enabled & CB_KEYBOARD_INT) != 0);
  setIrq(c.irqAux, c.full != 0 && aux && (enabled & CB_AUX_INT) != 0);
}
export function answer(device: usize, entry: u32): void {
  enqueue(device, Queue.Answer, entry);
}
