/*
 * What the agent needs of Linux, without a C library: system calls, as plain functions that return a negative error
 * number when they fail, and a few things of <string.h>. i386 and x86-64.
 */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <asm/termbits.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#ifdef __i386__
static inline long call5(long n, long a, long b, long c, long d, long e) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
  return result;
}
#else
static inline long call5(long n, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
#endif
#define CALL(name, a, b, c, d, e) call5(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

static inline long sys_read(int fd, void *to, size_t n) { return CALL(read, fd, to, n, 0, 0); }
static inline long sys_write(int fd, const void *from, size_t n) { return CALL(write, fd, from, n, 0, 0); }
static inline long sys_close(int fd) { return CALL(close, fd, 0, 0, 0, 0); }
/* O_LARGEFILE: a 32-bit program would otherwise be refused files of 2 GiB and more. */
static inline long sys_open(const char *path, int flags, int mode) {
  return CALL(open, path, flags | O_CLOEXEC | 0100000 * (sizeof(long) == 4), mode, 0, 0);
}
static inline long sys_poll(struct pollfd *fds, unsigned n, int ms) { return CALL(poll, fds, n, ms, 0, 0); }
static inline long sys_pipe(int fds[2]) { return CALL(pipe2, fds, O_CLOEXEC, 0, 0, 0); }
static inline long sys_dup2(int from, int to) { return CALL(dup2, from, to, 0, 0, 0); }
static inline long sys_close_from(unsigned fd) { return CALL(close_range, fd, ~0u, 0, 0, 0); }
static inline long sys_fcntl(int fd, int command, long value) { return CALL(fcntl, fd, command, value, 0, 0); }
static inline long sys_ioctl(int fd, unsigned request, void *value) { return CALL(ioctl, fd, request, value, 0, 0); }
static inline long sys_fork(void) { return CALL(fork, 0, 0, 0, 0, 0); }
static inline long sys_pidfd_open(int pid) { return CALL(pidfd_open, pid, 0, 0, 0, 0); }
static inline long sys_wait(int pid, int *status, int options) { return CALL(wait4, pid, status, options, 0, 0); }
static inline long sys_kill(int pid, int signal) { return CALL(kill, pid, signal, 0, 0, 0); }
static inline long sys_getpid(void) { return CALL(getpid, 0, 0, 0, 0, 0); }
static inline long sys_setsid(void) { return CALL(setsid, 0, 0, 0, 0, 0); }
static inline long sys_chdir(const char *path) { return CALL(chdir, path, 0, 0, 0, 0); }
static inline long sys_umask(int mask) { return CALL(umask, mask, 0, 0, 0, 0); }
static inline long sys_prctl(int option, long value) { return CALL(prctl, option, value, 0, 0, 0); }
static inline long sys_nice(int value) { return CALL(setpriority, 0, 0, value, 0, 0); }
static inline long sys_execve(const char *path, char **argv, char **envp) { return CALL(execve, path, argv, envp, 0, 0); }
static inline long sys_mkdir(const char *path, int mode) { return CALL(mkdir, path, mode, 0, 0, 0); }
static inline long sys_rmdir(const char *path) { return CALL(rmdir, path, 0, 0, 0, 0); }
static inline long sys_unlink(const char *path) { return CALL(unlink, path, 0, 0, 0, 0); }
static inline long sys_rename(const char *from, const char *to) { return CALL(rename, from, to, 0, 0, 0); }
static inline long sys_getdents(int fd, void *to, size_t n) { return CALL(getdents64, fd, to, n, 0, 0); }
static inline long sys_statx(int dir, const char *path, int flags, struct statx *to) {
  return CALL(statx, dir, path, flags, STATX_BASIC_STATS, to);
}
/* CLOCK_REALTIME, with 64-bit seconds. */
struct time {
  int64_t seconds, nanoseconds;
};
#ifdef __i386__
static inline long sys_get_clock(struct time *to) { return CALL(clock_gettime64, 0, to, 0, 0, 0); }
static inline long sys_set_clock(const struct time *to) { return CALL(clock_settime64, 0, to, 0, 0, 0); }
#else
static inline long sys_get_clock(struct time *to) { return CALL(clock_gettime, 0, to, 0, 0, 0); }
static inline long sys_set_clock(const struct time *to) { return CALL(clock_settime, 0, to, 0, 0, 0); }
#endif
static inline __attribute__((noreturn)) void sys_exit(int code) {
  for (;;) CALL(exit_group, code, 0, 0, 0, 0);
}
/* SIG_IGN and SIG_DFL need neither mask nor restorer; the kernel's struct begins with the handler. */
static inline void sys_signal(int signal, void (*handler)(int)) {
  const uintptr_t action[8] = {(uintptr_t)handler};
  CALL(rt_sigaction, signal, action, 0, 8, 0);
}
static inline void sys_limit(int resource, uint64_t value) {
  const uint64_t limit[2] = {value, value};
  CALL(prlimit64, 0, resource, limit, 0, 0);
}

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

/* Text that is put together; what does not fit is left out. */
struct text {
  char bytes[160];
  size_t length;
};
void put(struct text *to, const char *from);
void put_number(struct text *to, unsigned value);
/* 0 or a negative error number. */
long write_file(const char *path, const char *content);

#endif
