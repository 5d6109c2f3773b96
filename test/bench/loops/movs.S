# Copies of 16 KiB by REP MOVSD.
.include "row.h"
row movs, 6, 16384
1:  mov esi, SOURCE
    mov edi, TARGET
    mov ecx, 4096
    rep movsd
    dec ebp
    jnz 1b
    ret
