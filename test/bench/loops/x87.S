# x87 arithmetic on doubles in memory, in the extended precision that FNINIT selects.
.include "row.h"
row x87, 11
    mov ecx, offset values
1:  fld qword ptr [ecx]
    fmul qword ptr [ecx + 8]
    fadd qword ptr [ecx + 16]
    fst qword ptr [ecx]
    fld qword ptr [ecx + 24]
    fsub st, st(1)
    fdiv qword ptr [ecx + 32]
    fstp qword ptr [ecx + 24]
    fstp st(0)
    dec ebp
    jnz 1b
    ret

.data
.balign 8
values:
    .double 0.3, 0.70710678118654752, 1.1, 17.5, 3.3
