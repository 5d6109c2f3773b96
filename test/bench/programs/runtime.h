/*
 * What the programs of this folder have instead of a C library: the same instructions on every machine, whatever
 * CPUID says, and nothing to install but a compiler. System calls of 32-bit Linux; the way in is the one that the
 * kernel names in the auxiliary vector (SYSENTER where the CPU has it), as with a C library.
 *
 * A program defines `program(size, path)`, works as long as `size` says and prints one line: the runner compares it
 * with what the real processor prints.
 */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

enum {
  SYS_EXIT = 1, SYS_FORK = 2, SYS_READ = 3, SYS_WRITE = 4, SYS_OPEN = 5, SYS_CLOSE = 6, SYS_WAITPID = 7,
  SYS_UNLINK = 10, SYS_EXECVE = 11, SYS_LSEEK = 19, SYS_PIPE = 42, SYS_GETPPID = 64, SYS_MMAP = 90, SYS_MUNMAP = 91,
  SYS_WAIT4 = 114
};
enum { AT_SYSINFO = 32, PROT_ALL = 7, PROT_READ_WRITE = 3, MAP_PRIVATE_ANONYMOUS = 0x22, O_RDWR_CREAT_TRUNC = 01102 };

static void (*system_entry)(void);
static char **all_arguments, **environment;

int program(u32 size, char *path);

static int call4(int number, int a, int b, int c, int d) {
  int result;
  if (system_entry)
    __asm__ volatile("call *%[entry]"
                     : "=a"(result)
                     : [entry] "m"(system_entry), "a"(number), "b"(a), "c"(b), "d"(c), "S"(d)
                     : "memory", "cc");
  else
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d) : "memory", "cc");
  return result;
}
static inline int call(int number, int a, int b, int c) { return call4(number, a, b, c, 0); }

static void quit(int status) {
  for (;;) call(SYS_EXIT, status, 0, 0);
}

void *memcpy(void *to, const void *from, u32 count) {
  u8 *target = to;
  const u8 *source = from;
  __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
  return to;
}
void *memset(void *to, int value, u32 count) {
  u8 *target = to;
  __asm__ volatile("rep stosb" : "+D"(target), "+c"(count) : "a"(value) : "memory");
  return to;
}

static u32 length(const char *text) {
  u32 count = 0;
  while (text[count]) count++;
  return count;
}
static void print(const char *text) { call(SYS_WRITE, 1, (int)text, length(text)); }

static void fail(const char *why) {
  print(why);
  print(" failed\n");
  quit(1);
}
static int checked(int result, const char *what) {
  if (result < 0) fail(what);
  return result;
}

static void *pages(u32 bytes, int protection) {
  /* The old mmap, number 90, takes the address of its arguments: six would be more than registers hold here */
  struct { u32 address, length, protection, flags; int file; u32 offset; } arguments = {
    0, bytes, protection, MAP_PRIVATE_ANONYMOUS, -1, 0
  };
  u32 address = (u32)call(SYS_MMAP, (int)&arguments, 0, 0);
  if (address > 0xfffff000u) fail("mmap");
  return (void *)address;
}

static u32 random_state = 2463534242u;
static inline u32 random_number(void) { /* xorshift, Marsaglia 2003 */
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  return random_state ^= random_state << 5;
}

static char *hexadecimal(char *end, u32 value) {
  for (int digit = 0; digit < 8; digit++, value >>= 4) *--end = "0123456789abcdef"[value & 15];
  return end;
}
/* One line: a name and a word. */
static void result(const char *name, u32 value) {
  char line[64];
  u32 used = length(name);
  memcpy(line, name, used);
  line[used++] = ' ';
  hexadecimal(line + used + 8, value);
  line[used + 8] = '\n';
  call(SYS_WRITE, 1, (int)line, used + 9);
}

static u32 number_of(const char *text) {
  u32 value = 0;
  for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + (*text - '0');
  return value;
}

/* System V ABI, Intel386 supplement, "process initialization": argc, argv, 0, environment, 0, auxiliary vector. */
__attribute__((noreturn, used)) void begin(u32 *stack) {
  u32 count = stack[0];
  all_arguments = (char **)(stack + 1);
  environment = all_arguments + count + 1;
  char **end = environment;
  while (*end) end++;
  for (u32 *entry = (u32 *)(end + 1); entry[0]; entry += 2)
    if (entry[0] == AT_SYSINFO) system_entry = (void (*)(void))entry[1];
  quit(program(count > 1 ? number_of(all_arguments[1]) : 1, all_arguments[0]));
  __builtin_unreachable();
}
__asm__(".globl _start\n_start: xorl %ebp, %ebp\nmovl %esp, %eax\nandl $-16, %esp\nsubl $12, %esp\npushl %eax\ncall begin\n");
