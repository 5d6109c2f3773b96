/* Fibonacci numbers the slow way: calls and returns. */
#include "runtime.h"

__attribute__((noinline, optimize("no-optimize-sibling-calls", "no-inline"))) static u32 fib(u32 n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

int program(u32 size, char *path) {
  result("fib", fib(size));
  return 0;
}
