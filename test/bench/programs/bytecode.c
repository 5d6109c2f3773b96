/* An interpreter of bytecode, one switch in a loop: counts primes by trial division, `size` rounds. */
#include "runtime.h"

enum { PUSH, LOAD, STORE, ADD, SUB, MUL, MOD, LESS, EQUAL, JUMP, JUMP_ZERO, HALT };

/* i = 2; while (i < 1200) { j = 2; while (j * j < i + 1) { if (i % j == 0) goto next; j++ } sum += i; next: i++ } */
enum { OUTER = 4, INNER = 15, PRIME = 44, NEXT = 51, END = 60 };
static const u8 code[] = {
  PUSH, 2, STORE, 0,
  /* OUTER */ LOAD, 0, LOAD, 3, LESS, JUMP_ZERO, END, PUSH, 2, STORE, 1,
  /* INNER */ LOAD, 1, LOAD, 1, MUL, LOAD, 0, PUSH, 1, ADD, LESS, JUMP_ZERO, PRIME,
  LOAD, 0, LOAD, 1, MOD, JUMP_ZERO, NEXT, LOAD, 1, PUSH, 1, ADD, STORE, 1, JUMP, INNER,
  /* PRIME */ LOAD, 2, LOAD, 0, ADD, STORE, 2,
  /* NEXT */ LOAD, 0, PUSH, 1, ADD, STORE, 0, JUMP, OUTER,
  /* END */ HALT,
};

static u32 run(u32 limit) {
  u32 variables[4] = {0, 0, 0, limit}, stack[16], *top = stack;
  const u8 *at = code;
  for (;;) {
    switch (*at++) {
    case PUSH: *top++ = *at++; break;
    case LOAD: *top++ = variables[*at++]; break;
    case STORE: variables[*at++] = *--top; break;
    case ADD: top--; top[-1] += *top; break;
    case SUB: top--; top[-1] -= *top; break;
    case MUL: top--; top[-1] *= *top; break;
    case MOD: top--; top[-1] %= *top; break;
    case LESS: top--; top[-1] = top[-1] < *top; break;
    case EQUAL: top--; top[-1] = top[-1] == *top; break;
    case JUMP: at = code + *at; break;
    case JUMP_ZERO: at = *--top ? at + 1 : code + *at; break;
    case HALT: return variables[2];
    }
  }
}

int program(u32 size, char *path) {
  u32 sum = 0;
  for (u32 round = 0; round < size; round++) sum = sum * 33 + run(1200 + round % 7);
  result("bytecode", sum);
  return 0;
}
