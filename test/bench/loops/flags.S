# Add with carry, SETcc and branches that the data decides. Both sides of a branch retire the same
# number of instructions.
.include "row.h"
row flags, 15
1:  add eax, 0x9E3779B9
    adc edx, ebx
    sbb ecx, eax
    setc bl
    test eax, 0x100000
    jz 2f
    inc esi
    jmp 3f
2:  dec esi
    nop
3:  cmp edx, ecx
    setg bh
    ja 4f
    inc edi
    jmp 5f
4:  dec edi
    nop
5:  dec ebp
    jnz 1b
    ret
