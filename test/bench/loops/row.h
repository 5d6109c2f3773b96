# The shape of a row, included first by every loop of this folder.
#
# A row is a routine of its own page: EBP holds the iterations on entry, every register may be
# overwritten, DF is clear. `instructions` is what one iteration retires, counted by hand and checked
# by the runner against each engine that counts; a repeated string instruction is one. `bytes` is
# what one iteration moves, for rows that are judged by bandwidth.

.intel_syntax noprefix

# One entry of the row table (boot.S): char name[16]; u32 entry, instructions, bytes.
.macro row name, instructions, bytes=0
    .pushsection .rows, "a"
7:  .ascii "\name"
    .space 16 - (. - 7b)
    .long row_\name, \instructions, \bytes
    .popsection
    .section row.\name, "ax", @progbits
    .balign 4096
row_\name:
.endm

.set COM1, 0x3F8

# Memory behind the image; each row uses it as it likes. Image, source and target fall into different
# entries of a direct-mapped TLB of 64 entries, the smallest that an engine has.
.set SOURCE, 0x630000
.set TARGET, 0x738000
