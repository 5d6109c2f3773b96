/* A byte to and fro between two processes through two pipes: a switch of processes each way. */
#include "runtime.h"

int program(u32 size, char *path) {
  int there[2], back[2], status = 0;
  checked(call(SYS_PIPE, (int)there, 0, 0), "pipe");
  checked(call(SYS_PIPE, (int)back, 0, 0), "pipe");
  int child = checked(call(SYS_FORK, 0, 0, 0), "fork");
  u8 byte = 1;
  if (child == 0) {
    call(SYS_CLOSE, there[1], 0, 0);
    while (call(SYS_READ, there[0], (int)&byte, 1) == 1) {
      byte = byte * 5 + 3;
      call(SYS_WRITE, back[1], (int)&byte, 1);
    }
    quit(0);
  }
  u32 sum = 0;
  for (u32 round = 0; round < size; round++) {
    checked(call(SYS_WRITE, there[1], (int)&byte, 1), "write");
    if (call(SYS_READ, back[0], (int)&byte, 1) != 1) fail("read");
    sum = sum * 31 + byte;
  }
  call(SYS_CLOSE, there[1], 0, 0);
  checked(call(SYS_WAITPID, child, (int)&status, 0), "wait");
  result("pipe", sum + status);
  return 0;
}
