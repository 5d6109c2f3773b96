# Dispersed code: 2,000 blocks of which no two are alike, 94 KiB, more than a cache for instructions holds. A generator
# chooses a first block; its direct jump leads to a second one far away, which chooses again. What
# a program does that is broad rather than hot: a shell, a compiler, a kernel under load.
.include "row.h"
.altmacro

# Seven instructions in one of four shapes, with constants that no other block has.
.macro work n
    .set slot, \n % 1024 * 4
    .set shape, \n % 4
    add eax, \n * 7919 + 12345
    xor ebx, \n * 104729 + 1
    .if shape == 0
    lea esi, [eax + ebx * 4 + \n]
    mov [SOURCE + slot], esi
    shl eax, 3
    sub edi, esi
    adc ebx, \n + 128
    .elseif shape == 1
    mov esi, [SOURCE + slot]
    imul esi, esi, \n + 128
    or edi, esi
    rol eax, 5
    setc bl
    .elseif shape == 2
    push ebx
    not edi
    cmp eax, \n + 128
    sbb edi, eax
    pop esi
    .else
    movzx esi, word ptr [SOURCE + slot + 1]
    test eax, \n + 128
    sete bh
    add [TARGET + slot], eax
    inc edi
    .endif
.endm

.macro first n, partner
first_\n:
    work \n
    jmp second_\partner
.endm

.macro second n
second_\n:
    work %(\n+1000)
    dec ebp
    jz dispersed_end
    choose
.endm

.macro choose
    imul ecx, ecx, 0x19660D
    add ecx, 0x3C6EF35F
    mov edx, ecx
    shr edx, 22
    jmp dword ptr [first_table + edx * 4]
.endm

.macro entry n
    .long first_\n
.endm

row dispersed, 22
    mov ecx, 1
    choose
dispersed_end:
    ret
    .set n, 0
    .rept 1000
    first %n, %((n*421+617)%1000)
    second %((n*181+311)%1000)
    .set n, n + 1
    .endr

# Ten bits choose: the last 24 entries are blocks that have one already.
.data
.balign 4
first_table:
    .set n, 0
    .rept 1024
    entry %(n%1000)
    .set n, n + 1
    .endr
