/* The entry, and the functions that a compiler and we expect of a C library. */
#include "system.h"

/* The kernel enters with the stack pointer at argc; main takes no arguments. */
__asm__(".globl _start\n_start:\n"
#ifdef __i386__
        "xor %ebp, %ebp\nand $-16, %esp\ncall run\nhlt\n"
#else
        "xor %ebp, %ebp\nand $-16, %rsp\ncall run\nhlt\n"
#endif
);

void *memcpy(void *to, const void *from, size_t n) {
  void *result = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
  return result;
}
void *memmove(void *to, const void *from, size_t n) {
  uint8_t *t = to;
  const uint8_t *f = from;
  if (t <= f || t >= f + n) return memcpy(to, from, n);
  while (n--) t[n] = f[n];
  return to;
}
void *memset(void *to, int value, size_t n) {
  void *result = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
  return result;
}
size_t strlen(const char *text) {
  size_t n = 0;
  while (text[n]) n++;
  return n;
}
int strcmp(const char *a, const char *b) {
  for (; *a && *a == *b; a++) b++;
  return *(const uint8_t *)a - *(const uint8_t *)b;
}

void put(struct text *to, const char *from) {
  while (*from && to->length + 1 < sizeof to->bytes) to->bytes[to->length++] = *from++;
  to->bytes[to->length] = 0;
}
void put_number(struct text *to, unsigned value) {
  char digits[12];
  char *first = digits + sizeof digits - 1;
  *first = 0;
  do *--first = (char)('0' + value % 10);
  while (value /= 10);
  put(to, first);
}
long write_file(const char *path, const char *content) {
  long fd = sys_open(path, O_WRONLY, 0);
  if (fd < 0) return fd;
  long written = sys_write((int)fd, content, strlen(content));
  sys_close((int)fd);
  return written < 0 ? written : 0;
}
