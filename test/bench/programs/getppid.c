/* The cheapest system call, in a loop. */
#include "runtime.h"

int program(u32 size, char *path) {
  int first = call(SYS_GETPPID, 0, 0, 0);
  u32 same = 0;
  for (u32 round = 0; round < size; round++) same += call(SYS_GETPPID, 0, 0, 0) == first;
  result("getppid", same);
  return 0;
}
