# Entry of the benchmark image: from multiboot 1 into 32-bit protected mode with paging, as an
# operating system would run it, and to the row that the runner asked for.
#
# The machine's state on entry is that of the multiboot specification 0.6.96, section 3.2: flat
# segments, A20 open, no paging, interrupts off. Paging maps the first 16 MiB to themselves by
# 4 KiB pages, so that every access of a row goes through a TLB.
#
# On the first serial port the guest sends R (ready), S (the measured part starts), E (it ended);
# then it halts with interrupts off. The runner reads its clocks at these marks.

.include "row.h"

.set MULTIBOOT_MAGIC, 0x1BADB002
.set PAGE_DIRECTORY, 0x400000
.set PAGE_TABLES, 0x401000
.set PTE_P_RW, 3
.set CR0_MP_NE_WP_PG, 0x80010022
.set CR0_EM_TS, 0x0000000C
.set SOFTWARE_INTERRUPT, 0x40

.section .multiboot, "a"
.balign 4
    .long MULTIBOOT_MAGIC, 0, -MULTIBOOT_MAGIC

# What the runner fills in (image.ts finds it by its magic), followed by the row table.
.section .params, "aw"
    .ascii "DZBENCH1"
row_index:
    .long 0
warm_up:
    .long 0
iterations:
    .long 0
row_count:
    .long __row_count

.text
.global _start
_start:
    cli
    cld
    mov esp, offset stack_top
    lgdt [gdt_register]
    ljmp 0x08, offset reloaded
reloaded:
    mov eax, 0x10
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    mov ss, eax
    call build_idt
    call enable_paging
    fninit
    mov edx, COM1 + 3 # line control register: eight data bits
    mov al, 3
    out dx, al

    mov al, 'R'
    call send
    mov ebp, [warm_up]
    call run_row
    mov al, 'S'
    call send
    mov ebp, [iterations]
    call run_row
    mov al, 'E'
    call send
1:  cli
    hlt
    jmp 1b

run_row:
    mov eax, [row_index]
    imul eax, eax, 28
    jmp dword ptr [__rows + eax + 16]

# AL: the byte to send. Waits for THRE, line status register bit 5.
send:
    mov ah, al
    mov edx, COM1 + 5
1:  in al, dx
    test al, 0x20
    jz 1b
    mov al, ah
    mov edx, COM1
    out dx, al
    ret

# Identity map of 16 MiB: four page tables. SDM volume 3, section 4.3.
enable_paging:
    mov edi, PAGE_DIRECTORY
    mov eax, PAGE_TABLES + PTE_P_RW
    mov ecx, 4
1:  mov [edi], eax
    add eax, 4096
    add edi, 4
    loop 1b
    xor eax, eax
    mov ecx, 1020
    rep stosd
    mov edi, PAGE_TABLES
    mov eax, PTE_P_RW
    mov ecx, 4096
1:  mov [edi], eax
    add eax, 4096
    add edi, 4
    loop 1b
    mov eax, PAGE_DIRECTORY
    mov cr3, eax
    mov eax, cr0
    and eax, ~CR0_EM_TS
    or eax, CR0_MP_NE_WP_PG
    mov cr0, eax
    ret

# One interrupt gate, for the row of software interrupts. SDM volume 3, section 6.11.
build_idt:
    mov eax, offset interrupt_handler
    mov ebx, eax
    and eax, 0xFFFF
    or eax, 0x00080000
    mov [idt + SOFTWARE_INTERRUPT * 8], eax
    and ebx, 0xFFFF0000
    or ebx, 0x00008E00
    mov [idt + SOFTWARE_INTERRUPT * 8 + 4], ebx
    lidt [idt_register]
    ret

.data
.balign 8
gdt:
    .quad 0
    .quad 0x00CF9A000000FFFF # code, flat
    .quad 0x00CF92000000FFFF # data, flat
gdt_register:
    .word gdt_register - gdt - 1
    .long gdt
    .balign 4
idt_register:
    .word 256 * 8 - 1
    .long idt

.bss
.balign 4096
idt:
    .space 256 * 8
    .balign 4096
    .space 8192
stack_top:
