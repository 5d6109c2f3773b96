# Port output, to the port that delays (80h).
.include "row.h"
row port, 4
1:  out 0x80, al
    inc eax
    dec ebp
    jnz 1b
    ret
