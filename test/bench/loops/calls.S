# Calls and returns: callees in the caller's page, in the next one as well, and in eight pages; then
# the eight pages through pointers.
.include "row.h"

.macro leaf name
\name:
    add eax, ebx
    xor edx, eax
    ret
.endm

row call1, 18
1:  call near_1
    call near_2
    call near_3
    call near_4
    dec ebp
    jnz 1b
    ret
    leaf near_1
    leaf near_2
    leaf near_3
    leaf near_4

row call2, 18
1:  call here_1
    call next_1
    call here_2
    call next_2
    dec ebp
    jnz 1b
    ret
    leaf here_1
    leaf here_2
    .balign 4096
    leaf next_1
    leaf next_2

row call8, 34
1:  call far_0
    call far_1
    call far_2
    call far_3
    call far_4
    call far_5
    call far_6
    call far_7
    dec ebp
    jnz 1b
    ret

# A full-period generator modulo 8 chooses the callee.
row icall8, 8
    mov ecx, 1
1:  lea ecx, [ecx + ecx * 4 + 3]
    and ecx, 7
    call dword ptr [far_table + ecx * 4]
    dec ebp
    jnz 1b
    ret

# One callee a page, at different offsets in the page.
    .section row.zfar, "ax", @progbits
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    .balign 4096
    .skip 16 + \n * 0x150
    leaf far_\n
    .endr

.data
.balign 4
far_table:
    .long far_0, far_1, far_2, far_3, far_4, far_5, far_6, far_7
