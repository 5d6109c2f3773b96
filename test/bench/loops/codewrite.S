# Stores to the page that the loop runs on, beside its instructions: what a guest does that keeps
# variables near its code.
.include "row.h"
row codewrite, 6
1:  add eax, 3
    mov [beside], eax
    xor edx, eax
    mov [beside + 4], dx
    dec ebp
    jnz 1b
    ret
    .balign 64
beside:
    .long 0, 0
