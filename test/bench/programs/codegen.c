/* A program that writes code and runs it: 64 small functions on four pages, each rewritten before every fourth call, as a JIT does. */
#include "runtime.h"

enum { FUNCTIONS = 64, DISTANCE = 256 };

/* mov eax, [esp + 4]; then some of: add, xor, rol, imul, with immediates; ret */
static void write_function(u8 *at, u32 seed) {
  *(u32 *)at = 0x0424448b, at += 4;
  for (int item = 0; item < 8; item++, seed = seed * 1664525 + 1013904223) {
    switch (seed >> 30) {
    case 0: *at++ = 0x05, *(u32 *)at = seed, at += 4; break;
    case 1: *at++ = 0x35, *(u32 *)at = seed, at += 4; break;
    case 2: *at++ = 0xc1, *at++ = 0xc0, *at++ = seed >> 8 & 31; break;
    default: *at++ = 0x69, *at++ = 0xc0, *(u32 *)at = seed | 1, at += 4; break;
    }
  }
  *at = 0xc3;
}

int program(u32 size, char *path) {
  u8 *code = pages(FUNCTIONS * DISTANCE, PROT_ALL);
  u32 value = 1;
  for (u32 round = 0; round < size; round++) {
    u8 *at = code + (round * 27 & (FUNCTIONS - 1)) * DISTANCE;
    write_function(at, round * 2654435761u);
    for (int times = 0; times < 4; times++) value = ((u32(*)(u32))at)(value + times);
  }
  result("codegen", value);
  return 0;
}
