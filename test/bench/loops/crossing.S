# Accesses of which each lies across a page border.
.include "row.h"
row crossing, 6
1:  mov eax, [SOURCE + 0xFFE]
    mov [TARGET + 0xFFD], eax
    mov dx, [SOURCE + 0x1FFF]
    add [TARGET + 0x1FFE], eax
    dec ebp
    jnz 1b
    ret
