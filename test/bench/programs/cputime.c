/* Runs a command to its end and prints what CPU time it took with all that it started and waited for: microseconds, in hexadecimal. */
#include "runtime.h"

int program(u32 size, char *path) {
  char **command = all_arguments + 1;
  u32 usage[32] = {0}; /* struct rusage of 32-bit Linux begins with user and system time: seconds, microseconds each */
  int status = 0, child = checked(call(SYS_FORK, 0, 0, 0), "fork");
  if (child == 0) {
    call(SYS_EXECVE, (int)command[0], (int)command, (int)environment);
    fail("exec");
  }
  checked(call4(SYS_WAIT4, child, (int)&status, 0, (int)usage), "wait");
  result("cputime", (usage[0] + usage[2]) * 1000000 + usage[1] + usage[3]);
  return status != 0;
}
