/* Quicksort of 100,000 words, `size` times, each time of other words. */
#include "runtime.h"

enum { COUNT = 100000 };
static u32 words[COUNT];

static void sort(u32 *low, u32 *high) {
  while (low < high) {
    u32 pivot = low[(high - low) / 2];
    u32 *left = low - 1, *right = high + 1;
    for (;;) {
      do left++; while (*left < pivot);
      do right--; while (*right > pivot);
      if (left >= right) break;
      u32 other = *left;
      *left = *right;
      *right = other;
    }
    if (right - low < high - right) {
      sort(low, right);
      low = right + 1;
    } else {
      sort(right + 1, high);
      high = right;
    }
  }
}

int program(u32 size, char *path) {
  u32 sum = 0;
  while (size--) {
    for (u32 at = 0; at < COUNT; at++) words[at] = random_number();
    sort(words, words + COUNT - 1);
    for (u32 at = 1; at < COUNT; at++) {
      if (words[at - 1] > words[at]) fail("quicksort");
      sum = sum * 31 + words[at];
    }
  }
  result("quicksort", sum);
  return 0;
}
