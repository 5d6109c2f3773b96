# Loads and stores of every width, walking through 16 KiB.
.include "row.h"
row stream, 10
    xor ecx, ecx
1:  mov eax, [SOURCE + ecx]
    mov edx, [SOURCE + ecx + 4]
    mov [TARGET + ecx], edx
    mov [TARGET + ecx + 4], eax
    movzx ebx, word ptr [SOURCE + ecx + 2]
    mov [TARGET + ecx + 3], bl
    add ecx, 8
    and ecx, 0x3FF8
    dec ebp
    jnz 1b
    ret
