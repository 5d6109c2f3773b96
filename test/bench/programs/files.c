/* Many small files in the current folder: made, written, read again, removed; a hundred a round. */
#include "runtime.h"

enum { FILES = 100, BYTES = 2000 };
static u8 data[BYTES], again[BYTES];

static const char *name_of(u32 number) {
  static char name[] = "benchmark-00000000";
  hexadecimal(name + sizeof name - 1, number);
  return name;
}

int program(u32 size, char *path) {
  u32 sum = 0;
  for (u32 round = 0; round < size; round++) {
    for (u32 file = 0; file < FILES; file++) {
      u32 bytes = 100 + random_number() % (BYTES - 100);
      for (u32 at = 0; at < bytes; at += 16) data[at] = random_number();
      int handle = checked(call(SYS_OPEN, (int)name_of(file), O_RDWR_CREAT_TRUNC, 0600), "open");
      checked(call(SYS_WRITE, handle, (int)data, bytes), "write");
      call(SYS_CLOSE, handle, 0, 0);
    }
    for (u32 file = 0; file < FILES; file++) {
      int handle = checked(call(SYS_OPEN, (int)name_of(file), 0, 0), "open");
      int bytes = checked(call(SYS_READ, handle, (int)again, BYTES), "read");
      for (int at = 0; at < bytes; at += 16) sum = sum * 31 + again[at];
      call(SYS_CLOSE, handle, 0, 0);
      checked(call(SYS_UNLINK, (int)name_of(file), 0, 0), "unlink");
    }
  }
  result("files", sum);
  return 0;
}
