/** Guest RAM as the boot loaders and tools see it: little-endian, by physical address, bounds checked. */

export class GuestMemory {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(buffer: ArrayBufferLike, offset: number, size: number) {
    this.bytes = new Uint8Array(buffer, offset, size);
    this.view = new DataView(buffer, offset, size);
  }
  get size(): number {
    return this.bytes.length;
  }
  clear(): void {
    this.bytes.fill(0);
  }
  write(address: number, data: Uint8Array): void {
    this.bytes.set(data, address);
  }
  zero(address: number, length: number): void {
    this.bytes.fill(0, address, address + length);
  }
  /** A copy. */
  read(address: number, length: number): Uint8Array {
    if (address + length > this.size) throw new RangeError(`${hex(address)} + ${length} bytes is beyond RAM`);
    return this.bytes.slice(address, address + length);
  }
  setU8(address: number, value: number): void {
    this.view.setUint8(address, value);
  }
  setU16(address: number, value: number): void {
    this.view.setUint16(address, value, true);
  }
  setU32(address: number, value: number): void {
    this.view.setUint32(address, value, true);
  }
  setU64(address: number, value: number | bigint): void {
    this.view.setBigUint64(address, BigInt(value), true);
  }
  u32(address: number): number {
    return this.view.getUint32(address, true);
  }
}

/** 0x9fc00 */
export function hex(value: number | bigint): string {
  return '0x' + value.toString(16);
}
