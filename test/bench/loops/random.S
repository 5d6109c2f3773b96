# Loads at random from 8 MiB: 2,048 pages, more than a processor's TLB holds.
.include "row.h"
row random, 7
    xor ecx, ecx
1:  imul ecx, ecx, 0x19660D
    add ecx, 0x3C6EF35F
    mov edx, ecx
    shr edx, 9
    add eax, [0x600000 + edx]
    dec ebp
    jnz 1b
    ret
