/* One file in the current folder, written and read again in pieces of 4 KiB; a MiB a round. */
#include "runtime.h"

enum { PIECE = 4096, PIECES = 256 };
static u32 piece[PIECE / 4];

int program(u32 size, char *path) {
  static const char name[] = "benchmark-file";
  u32 sum = 0;
  for (u32 round = 0; round < size; round++) {
    int handle = checked(call(SYS_OPEN, (int)name, O_RDWR_CREAT_TRUNC, 0600), "open");
    for (u32 i = 0; i < PIECES; i++) {
      piece[i] = random_number();
      checked(call(SYS_WRITE, handle, (int)piece, PIECE), "write");
    }
    checked(call(SYS_LSEEK, handle, 0, 0), "lseek");
    for (u32 i = 0; i < PIECES; i++) {
      checked(call(SYS_READ, handle, (int)piece, PIECE), "read");
      sum = sum * 31 + piece[i];
    }
    call(SYS_CLOSE, handle, 0, 0);
  }
  checked(call(SYS_UNLINK, (int)name, 0, 0), "unlink");
  result("readwrite", sum);
  return 0;
}
