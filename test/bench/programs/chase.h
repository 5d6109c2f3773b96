/* A walk along pointers through CHAIN bytes in random order, a cache line each; `size` in thousands of steps. */
#include "runtime.h"

struct Node { struct Node *next; u32 number, padding[14]; };
enum { NODES = CHAIN / sizeof(struct Node) };

int program(u32 size, char *path) {
  struct Node *nodes = pages(CHAIN, PROT_READ_WRITE);
  for (u32 i = 0; i < NODES; i++) nodes[i].number = i;
  /* One cycle through all of them: Sattolo 1986 */
  for (u32 i = NODES - 1; i > 0; i--) {
    u32 other = random_number() % i, number = nodes[i].number;
    nodes[i].number = nodes[other].number;
    nodes[other].number = number;
  }
  for (u32 i = 0; i < NODES; i++) nodes[i].next = &nodes[nodes[i].number];
  struct Node *at = nodes;
  for (u32 step = 0; step < size * 1000; step++) at = at->next;
  result(NAME, at->number);
  return 0;
}
