/* CRC-32 (the polynomial of IEEE 802.3) by table, of 64 KiB as often as asked. */
#include "runtime.h"

static u32 table[256];
static u8 data[65536];

static u32 crc(const u8 *bytes, u32 count, u32 value) {
  while (count--) value = table[(value ^ *bytes++) & 255] ^ value >> 8;
  return value;
}

int program(u32 size, char *path) {
  for (u32 entry = 0; entry < 256; entry++) {
    u32 value = entry;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320u ^ value >> 1 : value >> 1;
    table[entry] = value;
  }
  for (u32 at = 0; at < sizeof data; at++) data[at] = random_number() >> 8;
  u32 value = ~0u;
  for (u32 round = 0; round < size; round++) value = crc(data, sizeof data, value);
  result("crc32", ~value);
  return 0;
}
