/* Memory taken from the kernel, touched page by page, given back: 4 MiB a round. */
#include "runtime.h"

enum { BYTES = 4 << 20, PAGE = 4096 };

int program(u32 size, char *path) {
  u32 sum = 0;
  for (u32 round = 0; round < size; round++) {
    u8 *memory = pages(BYTES, PROT_READ_WRITE);
    for (u32 at = 0; at < BYTES; at += PAGE) memory[at + (round & 4095)] = at >> 12;
    for (u32 at = 0; at < BYTES; at += PAGE) sum = sum * 31 + memory[at + (round & 4095)] + memory[at];
    checked(call(SYS_MUNMAP, (int)memory, BYTES, 0), "munmap");
  }
  result("pagefaults", sum);
  return 0;
}
