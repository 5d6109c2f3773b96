# A switch statement of sixteen cases through a jump table; a full-period generator chooses.
.include "row.h"
row switch, 10
1:  lea ecx, [ecx + ecx * 4 + 3]
    mov edx, ecx
    shr edx, 27
    and edx, 15
    jmp dword ptr [cases + edx * 4]
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
case_\n:
    add eax, \n + 1
    xor ebx, eax
    jmp 2f
    .endr
2:  dec ebp
    jnz 1b
    ret

.data
.balign 4
cases:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    .long case_\n
    .endr
