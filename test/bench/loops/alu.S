# Register ALU: moves, adds, logic, shifts, LEA; nothing depends on memory.
.include "row.h"
row alu, 14
1:  add eax, ebx
    xor edx, eax
    lea ecx, [eax + edx * 4 + 7]
    sub ebx, ecx
    and esi, 0x7FFFFFFF
    or edi, edx
    shl eax, 3
    inc edx
    mov ebx, edi
    not ecx
    cmp eax, ebx
    rol esi, 5
    dec ebp
    jnz 1b
    ret
