/*
 * Frames on the serial line, both ways (docs/sandbox.md, "The protocol"). Little-endian, as both sides are.
 *
 *   0 u8 magic   1 u8 type   2 u8 sequence   3 u8 channel   4 u16 stream   6 u16 length   8 u32 CRC-32   12 payload
 */
#ifndef FRAME_H
#define FRAME_H

#include "system.h"

/* 2: TIME */
#define VERSION 2
#define FROM_HOST 0xd0
#define FROM_GUEST 0xd1
#define HEADER 12
#define PAYLOAD 4096

enum {
  HELLO = 1, WELCOME, PING, PONG, REQUEST, DATA, END, CREDIT, SIGNAL, EXIT, FAILED, ACK, RESET, TIME
};

struct __attribute__((packed)) frame {
  uint8_t magic, type, sequence, channel;
  uint16_t stream, length;
  uint32_t crc;
  uint8_t payload[];
};

/* Of the first eight bytes of the header and of the payload; the polynomial of zlib and PNG. */
uint32_t frame_crc(const struct frame *frame);

/* Outgoing frames wait in a buffer until the line takes them. */
void send(int type, int channel, int stream, const void *payload, unsigned length);
/* Room for one frame full of data, and then for the short ones that may follow. */
int room_for_data(void);
/* Room for the answers to one more frame of the host. */
int room_for_answers(void);
/* Where the payload of the next frame goes: `send` takes it from there without copying. */
uint8_t *next_payload(void);
int unsent(void);
/* Writes what the line takes. */
void flush(int line);
/* Forgets what was not sent; the next frame has sequence 0. */
void restart_sending(void);

#endif
