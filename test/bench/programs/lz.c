/* Compression in the manner of Lempel and Ziv, 1977, with a table of hashes: text of 256 KiB there and back, `size` times. */
#include "runtime.h"

enum { COUNT = 262144, TABLE = 4096, SHORTEST = 4, LONGEST = 255 + SHORTEST };
static u8 text[COUNT], packed[COUNT * 2], unpacked[COUNT];
static u32 table[TABLE];

static void write_text(void) {
  static const char *const words[] = {
    "the ", "guest ", "page ", "of ", "code ", "is ", "translated ", "when ", "it ", "has ", "run ", "often ", "and ",
    "faults ", "registers ", "stay\n",
  };
  u32 at = 0;
  while (at < COUNT) {
    const char *word = words[random_number() >> 28];
    while (*word && at < COUNT) text[at++] = *word++;
    if (at < COUNT && (random_number() & 63) == 0) text[at++] = 'a' + (random_number() >> 8) % 26;
  }
}

/* Items: 0, a literal byte; or 1, length - SHORTEST, distance in two bytes. */
static u32 pack(void) {
  u32 used = 0, at = 0;
  memset(table, 0, sizeof table);
  while (at < COUNT) {
    u32 best = 0, from = 0;
    if (at + SHORTEST <= COUNT) {
      u32 key = text[at] | text[at + 1] << 8 | text[at + 2] << 16 | (u32)text[at + 3] << 24;
      u32 *slot = &table[key * 2654435761u >> 20];
      from = *slot;
      *slot = at + 1;
      if (from && at - (from - 1) < 65536) {
        const u8 *other = text + from - 1;
        while (best < LONGEST && at + best < COUNT && other[best] == text[at + best]) best++;
      }
    }
    if (best >= SHORTEST) {
      u32 distance = at - (from - 1);
      packed[used] = 1, packed[used + 1] = best - SHORTEST, packed[used + 2] = distance, packed[used + 3] = distance >> 8;
      used += 4, at += best;
    } else {
      packed[used++] = 0, packed[used++] = text[at++];
    }
  }
  return used;
}

static void unpack(u32 count) {
  u32 at = 0, used = 0;
  while (used < count) {
    if (!packed[used]) {
      unpacked[at++] = packed[used + 1];
      used += 2;
      continue;
    }
    u32 size = packed[used + 1] + SHORTEST, distance = packed[used + 2] | packed[used + 3] << 8;
    for (; size; size--, at++) unpacked[at] = unpacked[at - distance];
    used += 4;
  }
}

int program(u32 size, char *path) {
  u32 sum = 0;
  for (u32 round = 0; round < size; round++) {
    write_text();
    u32 used = pack();
    unpack(used);
    for (u32 at = 0; at < COUNT; at++)
      if (text[at] != unpacked[at]) fail("lz");
    for (u32 at = 0; at < used; at++) sum = sum * 31 + packed[at];
  }
  result("lz", sum);
  return 0;
}
