# Accesses that are not aligned, inside one page.
.include "row.h"
row unaligned, 10
    xor ecx, ecx
1:  mov eax, [SOURCE + ecx + 1]
    mov [TARGET + ecx + 3], eax
    mov edx, [SOURCE + ecx + 7]
    mov [TARGET + ecx + 9], dx
    movzx ebx, word ptr [SOURCE + ecx + 5]
    add [TARGET + ecx + 14], ebx
    add ecx, 4
    and ecx, 0xFFC - 0x400
    dec ebp
    jnz 1b
    ret
