# From multiboot 1 into Linux's 32-bit boot protocol (Documentation/arch/x86/boot.rst): flat segments
# 0x10 and 0x18, ESI at the boot parameters, EBP, EDI and EBX zero. linux.ts puts the pieces into one
# image, for emulators that can load no more than that, and fills in the entry.

.intel_syntax noprefix
.set BOOT_PARAMS, 0x90000

.text
    .long 0x1BADB002, 0, -0x1BADB002
kernel_entry:
    .long 0
.global _start
_start:
    cli
    lgdt [gdt_register]
    ljmp 0x10, offset reloaded
reloaded:
    mov eax, 0x18
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    mov ss, eax
    mov esi, BOOT_PARAMS
    xor ebp, ebp
    xor edi, edi
    xor ebx, ebx
    jmp dword ptr [kernel_entry]

    .balign 8
gdt:
    .quad 0, 0
    .quad 0x00CF9B000000FFFF
    .quad 0x00CF93000000FFFF
gdt_register:
    .word gdt_register - gdt - 1
    .long gdt
