/*
 * The agent: runs commands and works on files for the host, over the second serial port (docs/sandbox.md).
 *
 * One process, one loop, no time-outs: it sleeps in poll(2) until the line, a child's pipe or a child's end wants it.
 * It says nothing until the host has said HELLO or TIME, so a machine with nobody at COM2 does not notice it. A frame that is
 * not right ends the session: all commands are killed, and the host begins again.
 *
 * INVARIANT: what the host may send is bounded by LINE_WINDOW (all streams together, acknowledged as it is read) and by
 * INPUT (one stream), so that neither the kernel's buffers nor ours overflow.
 */
#include "stream.h"
#include <linux/wait.h>

#define LINE "/dev/ttyS1"
#define LINE_WINDOW 16384
#define AGENT_NICENESS (-10)

static int line;
static uint32_t session; /* 0: none */
static uint8_t expected; /* sequence of the next frame */
static uint32_t read_bytes, acknowledged;
static uint8_t in[2 * (HEADER + PAYLOAD)];
static unsigned in_count;

/* --- sessions --- */

static void drop_all(void) {
  for (struct stream *s = streams; s < streams + STREAMS; s++) drop_stream(s);
  /* Children that were dropped before and have ended since. */
  while (sys_wait(-1, NULL, WNOHANG) > 0) {}
}
static void end_session(void) {
  drop_all();
  session = 0;
  restart_sending();
  send(RESET, 0, 0, NULL, 0);
}
/* The same number again is the host asking twice; another one is another host, or the same one after a restart. */
static int hello(const struct frame *frame) {
  uint32_t greeting[2];
  if (frame->length != sizeof greeting) return 0;
  memcpy(greeting, frame->payload, sizeof greeting);
  if (greeting[1] != session || !session) {
    drop_all();
    restart_sending();
    read_bytes = acknowledged = 0;
    session = greeting[1];
  }
  expected = frame->sequence;
  uint32_t welcome[5] = {VERSION, session, STREAMS, INPUT, LINE_WINDOW};
  send(WELCOME, 0, 0, welcome, sizeof welcome);
  return 1;
}

/* --- the time --- */

/*
 * The machine was away, as a snapshot, and our clock stood still: it goes forward to the host's. Never back, as programs
 * have seen what it showed. Of no session: whoever restores a machine does not know the one that it was saved with.
 */
static int take_time(const struct frame *frame) {
  struct __attribute__((packed)) {
    int64_t seconds;
    uint32_t nanoseconds;
  } told;
  if (frame->length != sizeof told) return 0;
  memcpy(&told, frame->payload, sizeof told);
  struct time now, then = {told.seconds, told.nanoseconds};
  long error = sys_get_clock(&now);
  int behind = now.seconds < then.seconds || (now.seconds == then.seconds && now.nanoseconds < then.nanoseconds);
  if (!error && behind) error = sys_set_clock(&then);
  uint32_t answer = (uint32_t)-error;
  send(TIME, 0, 0, &answer, sizeof answer);
  return 1;
}

/* --- frames of the host --- */

/* False: not right. */
static int obey(const struct frame *frame) {
  struct stream *s = frame->stream ? find_stream(frame->stream) : NULL;
  uint32_t number = 0;
  if (frame->length == sizeof number) memcpy(&number, frame->payload, sizeof number);
  if (frame->channel > STDERR) return 0;
  switch (frame->type) {
  case PING:
    send(PONG, 0, 0, NULL, 0);
    return 1;
  case REQUEST:
    return take_request(frame->stream, frame->channel, frame->payload, frame->length);
  /* A stream that has just ended may still be spoken to. */
  case DATA:
    return !s || take_data(s, frame->payload, frame->length);
  case END:
    if (s) take_end(s, frame->channel);
    return 1;
  case CREDIT:
    if (s) take_credit(s, frame->channel, number);
    return 1;
  case SIGNAL:
    if (s) take_signal(s, (int)number);
    return 1;
  default:
    return 0;
  }
}
static void acknowledge(unsigned bytes) {
  read_bytes += bytes;
  if (read_bytes - acknowledged < LINE_WINDOW / 4) return;
  acknowledged = read_bytes;
  send(ACK, 0, 0, &read_bytes, sizeof read_bytes);
}
static int accept(const struct frame *frame, unsigned size) {
  if (frame->crc != frame_crc(frame)) return 0;
  if (frame->type == TIME) return take_time(frame);
  if (frame->type == HELLO) {
    if (!hello(frame)) return 0;
  } else if (!session) {
    /* A command of a session that this agent does not know: it has been restarted. */
    send(RESET, 0, 0, NULL, 0);
  } else {
    if (frame->sequence != expected || !obey(frame)) return 0;
    if (session) acknowledge(size);
  }
  expected = (uint8_t)(frame->sequence + 1);
  return 1;
}
/* Takes whole frames from what has come; after something that is none it looks for the next beginning. */
static void take_frames(void) {
  unsigned at = 0;
  while (in_count - at >= HEADER && room_for_answers()) {
    const struct frame *frame = (struct frame *)(in + at);
    unsigned size = HEADER + frame->length;
    int plausible = frame->magic == FROM_HOST && frame->type <= TIME && frame->length <= PAYLOAD;
    if (plausible && in_count - at < size) break;
    if (plausible && accept(frame, size)) {
      at += size;
      continue;
    }
    if (session) end_session();
    at++;
  }
  in_count -= at;
  memmove(in, in + at, in_count);
}
static void read_line(void) {
  long got = sys_read(line, in + in_count, sizeof in - in_count);
  if (got > 0) in_count += (unsigned)got;
}

/* --- the loop --- */

/* Four places for each stream; a negative descriptor is passed over. */
static struct pollfd polled[1 + 4 * STREAMS];
/* Who is served first: each in turn, as the room for output may not do for all. */
static unsigned turn;

static struct stream *at_turn(unsigned i) {
  struct stream *s = &streams[(turn + i) % STREAMS];
  return s->id && s->requested ? s : NULL;
}
static unsigned prepare(void) {
  unsigned n = 0;
  int answers = room_for_answers(), data = room_for_data();
  polled[n++] = (struct pollfd){line, (short)((in_count < sizeof in ? POLLIN : 0) | (unsent() ? POLLOUT : 0)), 0};
  for (unsigned i = 0; i < STREAMS; i++) {
    struct stream *s = at_turn(i);
    if (!s) continue;
    polled[n++] = (struct pollfd){answers && s->count ? s->pipe[STDIN] : -1, POLLOUT, 0};
    for (int channel = STDOUT; channel <= STDERR; channel++)
      polled[n++] = (struct pollfd){data && s->credit[channel] ? s->pipe[channel] : -1, POLLIN, 0};
    polled[n++] = (struct pollfd){s->ended ? -1 : s->pidfd, POLLIN, 0};
  }
  return n;
}
static void serve(void) {
  const struct pollfd *p = polled;
  if (p++->revents & POLLIN) read_line();
  for (unsigned i = 0; i < STREAMS; i++) {
    struct stream *s = at_turn(i);
    if (!s) continue;
    if (p++->revents && room_for_answers()) feed_input(s);
    for (int channel = STDOUT; channel <= STDERR; channel++)
      if (p++->revents) read_output(s, channel);
    if (p++->revents || s->ended) settle(s);
  }
  turn++;
  /* After the streams: frames change which there are, and `polled` would not fit any more. */
  take_frames();
  flush(line);
}

/* As cfmakeraw(3); what came while nobody listened is thrown away. */
static int open_line(void) {
  struct termios settings;
  long fd = sys_open(LINE, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
  if (fd < 0 || sys_ioctl((int)fd, TCGETS, &settings) < 0) return -1;
  settings.c_iflag = settings.c_oflag = settings.c_lflag = 0;
  settings.c_cflag = B115200 | CS8 | CREAD | CLOCAL;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  sys_ioctl((int)fd, TCSETSF, &settings);
  return (int)fd;
}
void run(void) {
  long spare;
  sys_signal(SIGPIPE, SIG_IGN);
  /* The first three descriptors belong to children: none of ours may be among them. */
  while ((spare = sys_open("/dev/null", O_RDWR, 0)) >= 0 && spare < 3) {}
  sys_close((int)spare);
  sys_umask(022);
  line = open_line();
  /* No second port: there is nothing to do, and init need not start us again and again. */
  if (line < 0) sys_poll(NULL, 0, -1);
  sys_nice(AGENT_NICENESS);
  write_file("/proc/self/oom_score_adj", "-1000");
  for (;;) {
    sys_poll(polled, prepare(), -1);
    serve();
  }
}
