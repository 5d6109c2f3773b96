/* Calls through a table of sixteen functions; data chooses. */
#include "runtime.h"

#define FUNCTION(n) \
  __attribute__((noinline)) static u32 function_##n(u32 value) { return (value ^ n * 0x9e37u) * (2 * n + 3) + n; }
FUNCTION(0) FUNCTION(1) FUNCTION(2) FUNCTION(3) FUNCTION(4) FUNCTION(5) FUNCTION(6) FUNCTION(7)
FUNCTION(8) FUNCTION(9) FUNCTION(10) FUNCTION(11) FUNCTION(12) FUNCTION(13) FUNCTION(14) FUNCTION(15)

static u32 (*volatile const functions[])(u32) = {
  function_0, function_1, function_2, function_3, function_4, function_5, function_6, function_7,
  function_8, function_9, function_10, function_11, function_12, function_13, function_14, function_15,
};

int program(u32 size, char *path) {
  u32 value = 1;
  for (u32 round = 0; round < size; round++) value = functions[value >> 27 & 15](value);
  result("indirect", value);
  return 0;
}
