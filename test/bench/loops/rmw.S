# Read-modify-write of memory.
.include "row.h"
row rmw, 10
    xor ecx, ecx
1:  add dword ptr [SOURCE + ecx], eax
    xor dword ptr [SOURCE + ecx + 4], edx
    inc dword ptr [TARGET + ecx]
    or byte ptr [TARGET + ecx + 4], 0x11
    sub word ptr [TARGET + ecx + 6], bx
    neg dword ptr [SOURCE + 0x2000 + ecx]
    add ecx, 8
    and ecx, 0xFF8
    dec ebp
    jnz 1b
    ret
