/**
 * The two-byte opcode map, 0F xx (SDM 2D table A-3): the instructions that compilers use. System instructions are in
 * system.ts; MMX and SSE are not there yet and raise #UD.
 */
import { advance, fetch, here } from '../cpu/window';
import { Gpr, Seg } from '../cpu/state';
import { MEMORY } from '../cpu/operand';
import { bit, bitByRegister, scan } from './bits';
import { imul } from './arithmetic';
import { jcc, relativeAt } from './control';
import { bswap, cmov, cmpxchg, movsx, movzx, setcc, xadd } from './data';
import { loadFarPointer } from './far';
import { immediateAt, immediateSize } from './immediate';
import { Imm, isLong, Reg, Rm } from './kinds';
import { group, modrm, opcodeRegister, reg, reg8, rm, rm8 } from './modrm';
import { popSegment } from './rare';
import { shld, shrd } from './shifts';
import { pushSelector } from './stack';
import { group9, system } from './system';

const CL: u32 = Gpr.RCX << 3;

export function twoByte<B, V, X>(b: B, op: u32, at: u64): void {
  switch (op) {
    case 0x40:
    case 0x41:
    case 0x42:
    case 0x43:
    case 0x44:
    case 0x45:
    case 0x46:
    case 0x47:
    case 0x48:
    case 0x49:
    case 0x4a:
    case 0x4b:
    case 0x4c:
    case 0x4d:
    case 0x4e:
    case 0x4f: {
      const m = modrm<B, X>(b, at);
      cmov<B, V, Rm>(b, op & 15, reg(m), rm(m));
      break;
    }
    case 0x80:
      nearJcc<B, V, X>(b, 0, at);
      break;
    case 0x81:
      nearJcc<B, V, X>(b, 1, at);
      break;
    case 0x82:
      nearJcc<B, V, X>(b, 2, at);
      break;
    case 0x83:
      nearJcc<B, V, X>(b, 3, at);
      break;
    case 0x84:
      nearJcc<B, V, X>(b, 4, at);
      break;
    case 0x85:
      nearJcc<B, V, X>(b, 5, at);
      break;
    case 0x86:
      nearJcc<B, V, X>(b, 6, at);
      break;
    case 0x87:
      nearJcc<B, V, X>(b, 7, at);
      break;
    case 0x88:
      nearJcc<B, V, X>(b, 8, at);
      break;
    case 0x89:
      nearJcc<B, V, X>(b, 9, at);
      break;
    case 0x8a:
      nearJcc<B, V, X>(b, 10, at);
      break;
    case 0x8b:
      nearJcc<B, V, X>(b, 11, at);
      break;
    case 0x8c:
      nearJcc<B, V, X>(b, 12, at);
      break;
    case 0x8d:
      nearJcc<B, V, X>(b, 13, at);
      break;
    case 0x8e:
      nearJcc<B, V, X>(b, 14, at);
      break;
    case 0x8f:
      nearJcc<B, V, X>(b, 15, at);
      break;
    case 0x90:
    case 0x91:
    case 0x92:
    case 0x93:
    case 0x94:
    case 0x95:
    case 0x96:
    case 0x97:
    case 0x98:
    case 0x99:
    case 0x9a:
    case 0x9b:
    case 0x9c:
    case 0x9d:
    case 0x9e:
    case 0x9f: {
      const m = modrm<B, X>(b, at);
      setcc<B, Rm>(b, op & 15, rm8<X>(m));
      break;
    }
    case 0xaf: {
      const m = modrm<B, X>(b, at);
      imul<B, V, Reg, Rm>(b, reg(m), reg(m), rm(m));
      break;
    }
    case 0xb0: {
      const m = modrm<B, X>(b, at);
      cmpxchg<B, u8, Rm>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0xb1: {
      const m = modrm<B, X>(b, at);
      cmpxchg<B, V, Rm>(b, rm(m), reg(m));
      break;
    }
    case 0xb6: {
      const m = modrm<B, X>(b, at);
      movzx<B, u8, V, Rm>(b, reg(m), rm8<X>(m));
      break;
    }
    case 0xb7: {
      const m = modrm<B, X>(b, at);
      movzx<B, u16, V, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0xbe: {
      const m = modrm<B, X>(b, at);
      movsx<B, u8, V, Rm>(b, reg(m), rm8<X>(m));
      break;
    }
    case 0xbf: {
      const m = modrm<B, X>(b, at);
      movsx<B, u16, V, Rm>(b, reg(m), rm(m));
      break;
    }
    case 0xc0: {
      const m = modrm<B, X>(b, at);
      xadd<B, u8, Rm>(b, rm8<X>(m), reg8<X>(m));
      break;
    }
    case 0xc1: {
      const m = modrm<B, X>(b, at);
      xadd<B, V, Rm>(b, rm(m), reg(m));
      break;
    }
    case 0xc8:
    case 0xc9:
    case 0xca:
    case 0xcb:
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
      advance(at);
      bswap<B, V>(b, opcodeRegister<X>(op));
      break;
    default:
      advance(at);
      uncommon<B, V, X>(b, op);
  }
}

// @ts-ignore: decorator
@inline function nearJcc<B, V, X>(b: B, cc: u32, at: u64): void {
  const d = immediateAt<V>(at);
  jcc<B>(b, cc, relativeAt<V, X>(at + immediateSize<V>(), d));
}

/** Bit instructions, double shifts, FS and GS, hints. */
function uncommon<B, V, X>(b: B, op: u32): void {
  switch (op) {
    // PREFETCHW and the hint NOPs, multi-byte NOP among them: the operand is decoded and not touched
    case 0x0d:
    case 0x18:
    case 0x19:
    case 0x1a:
    case 0x1b:
    case 0x1c:
    case 0x1d:
    case 0x1e:
    case 0x1f:
      modrm<B, X>(b, here());
      break;
    case 0xa0:
    case 0xa8: {
      const s = op == 0xa0 ? Seg.FS : Seg.GS;
      if (isLong<X>() && sizeof<V>() != 2) pushSelector<B, u64>(b, s);
      else pushSelector<B, V>(b, s);
      break;
    }
    case 0xa1:
    case 0xa9: {
      const s = op == 0xa1 ? Seg.FS : Seg.GS;
      if (isLong<X>() && sizeof<V>() != 2) popSegment<B, u64>(b, s);
      else popSegment<B, V>(b, s);
      break;
    }
    case 0xa3: // BT, BTS, BTR, BTC Ev,Gv
    case 0xab:
    case 0xb3:
    case 0xbb: {
      const m = modrm<B, X>(b, here());
      bitByRegister<B, V>(b, (op >> 3) & 3, rm(m), reg(m));
      break;
    }
    case 0xba: {
      const m = modrm<B, X>(b, here(), 1);
      const n = fetch<u8>();
      if (group(m) < 4) b.undefined();
      else bit<B, V, Imm>(b, group(m) & 3, rm(m), n);
      break;
    }
    case 0xa4:
    case 0xac: {
      const m = modrm<B, X>(b, here(), 1);
      const n = fetch<u8>();
      if (op == 0xa4) shld<B, V, Rm, Imm>(b, rm(m), reg(m), n);
      else shrd<B, V, Rm, Imm>(b, rm(m), reg(m), n);
      break;
    }
    case 0xa5:
    case 0xad: {
      const m = modrm<B, X>(b, here());
      if (op == 0xa5) shld<B, V, Rm, Reg>(b, rm(m), reg(m), CL);
      else shrd<B, V, Rm, Reg>(b, rm(m), reg(m), CL);
      break;
    }
    case 0xb2:
    case 0xb4:
    case 0xb5: {
      const m = modrm<B, X>(b, here());
      if (rm(m) < MEMORY) b.undefined();
      else if (b.interprets()) loadFarPointer<V>(op == 0xb2 ? Seg.SS : op == 0xb4 ? Seg.FS : Seg.GS, reg(m));
      break;
    }
    case 0xbc:
    case 0xbd: {
      const m = modrm<B, X>(b, here());
      scan<B, V, Rm>(b, op == 0xbd, reg(m), rm(m));
      break;
    }
    case 0xc7: {
      const m = modrm<B, X>(b, here());
      group9<B, V>(b, m);
      break;
    }
    default:
      system<B, V, X>(b, op);
  }
}
