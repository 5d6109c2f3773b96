# A loop whose code lies across a page border: one instruction has two bytes on the first page and
# three on the second.
.include "row.h"
row straddle, 10
    jmp 1f
    .org row_straddle + 4096 - 12
1:  add eax, ebx            # 2 bytes each
    xor edx, eax
    sub ecx, edx
    inc esi                 # 1 byte each
    cwde
    dec edi
    cdq
    add eax, 0x12345678     # 5 bytes, from 4096 - 2
    dec ebp
    jnz 1b
    ret
