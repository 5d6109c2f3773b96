# Push and pop of registers, immediates and memory.
.include "row.h"
row stack, 12
1:  push eax
    push ebx
    push 7
    push ecx
    push dword ptr [esp + 4]
    pop edx
    pop esi
    pop edi
    pop dword ptr [TARGET]
    pop eax
    dec ebp
    jnz 1b
    ret
