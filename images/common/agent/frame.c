#include "frame.h"

#define OUT 32768
#define ANSWERS 1024

static uint8_t out[OUT] __attribute__((aligned(4)));
static unsigned first, end;
static uint8_t sequence;
static uint32_t table[256];

static void make_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
    table[i] = value;
  }
}
static uint32_t update(uint32_t crc, const uint8_t *bytes, unsigned n) {
  while (n--) crc = table[(crc ^ *bytes++) & 0xff] ^ crc >> 8;
  return crc;
}
uint32_t frame_crc(const struct frame *frame) {
  if (!table[1]) make_table();
  return ~update(update(~0u, (const uint8_t *)frame, 8), frame->payload, frame->length);
}

static unsigned room(void) { return OUT - (end - first); }
int room_for_data(void) { return room() >= HEADER + PAYLOAD + 2 * ANSWERS; }
int room_for_answers(void) { return room() >= ANSWERS; }
int unsent(void) { return end != first; }

uint8_t *next_payload(void) {
  if (OUT - end < HEADER + PAYLOAD) {
    memmove(out, out + first, end - first);
    end -= first;
    first = 0;
  }
  return out + end + HEADER;
}
void send(int type, int channel, int stream, const void *payload, unsigned length) {
  uint8_t *to = next_payload();
  /* INVARIANT: callers have asked for room; a frame that has none would be a defect of ours. */
  if (OUT - end < HEADER + length) sys_exit(70);
  if (payload && payload != to) memcpy(to, payload, length);
  struct frame head = {FROM_GUEST, (uint8_t)type, sequence++, (uint8_t)channel, (uint16_t)stream, (uint16_t)length, 0};
  struct frame *frame = (struct frame *)(to - HEADER);
  memcpy(frame, &head, HEADER);
  uint32_t crc = frame_crc(frame);
  memcpy(&frame->crc, &crc, sizeof crc);
  end += HEADER + length;
}
void flush(int line) {
  while (first != end) {
    long written = sys_write(line, out + first, end - first);
    if (written <= 0) return;
    first += (unsigned)written;
  }
  first = end = 0;
}
void restart_sending(void) {
  first = end = 0;
  sequence = 0;
}
