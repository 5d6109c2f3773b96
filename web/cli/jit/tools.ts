/** The libraries that make text of machine code. They are for developers: a published package comes without them. */

/** Guest code as text: one instruction with its address and bytes. */
export interface Instruction {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly text: string;
}
export type Disassemble = (code: Uint8Array, address: bigint, bits: 16 | 32 | 64) => Instruction[];
export type WasmText = (module: Uint8Array) => string;

export async function loadDisassembler(): Promise<Disassemble> {
  const { Decoder, DecoderOptions, Formatter, FormatterSyntax } = await load('iced-x86', () => import('iced-x86'));
  const formatter = new Formatter(FormatterSyntax.Nasm);
  formatter.hexPrefix = '0x';
  formatter.hexSuffix = '';
  formatter.spaceAfterOperandSeparator = true;
  formatter.branchLeadingZeros = false;
  formatter.uppercaseHex = false;
  return (code, address, bits) => {
    const decoder = new Decoder(bits, code, DecoderOptions.None);
    decoder.ip = address;
    const out: Instruction[] = [];
    for (let at = 0; decoder.canDecode;) {
      const instruction = decoder.decode();
      const bytes = code.subarray(at, (at += instruction.length));
      out.push({ address: instruction.ip, bytes, text: formatter.format(instruction) });
      instruction.free();
    }
    decoder.free();
    return out;
  };
}
export async function loadWasmText(): Promise<WasmText> {
  const { default: open } = await load('wabt', () => import('wabt'));
  const wabt = await open();
  return (bytes) => {
    const module = wabt.readWasm(bytes, { readDebugNames: true });
    try {
      module.applyNames();
      return module.toText({ foldExprs: false, inlineExport: true });
    } finally {
      module.destroy();
    }
  };
}
async function load<T>(name: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error(`${name} is not installed, which this needs; run: npm install ${name}`, { cause });
  }
}
