# Multiplication and division, signed and unsigned.
.include "row.h"
row muldiv, 11
    mov esi, 12345
1:  imul eax, ebx, 0x10003
    imul ecx, eax
    mul ebx
    xor edx, edx
    or ebx, 0x10001
    div ebx
    add ebx, eax
    cdq
    idiv esi
    dec ebp
    jnz 1b
    ret
