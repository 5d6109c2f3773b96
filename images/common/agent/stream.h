/* A stream is one command, or one operation on files: a child process, its three pipes, and how far each may go. */
#ifndef STREAM_H
#define STREAM_H

#include "frame.h"
#include "limits.h"

#define STREAMS 32
/* What a child has not yet read of its input; before it starts, the request that describes it. */
#define INPUT 65536

enum { STDIN, STDOUT, STDERR };

struct stream {
  int id; /* 0: free */
  int pid, pidfd;
  int pipe[3]; /* our ends; -1: closed */
  int failure; /* the child tells here why it could not begin */
  struct group group;
  uint32_t credit[3]; /* bytes that may still be sent to the host */
  uint32_t left[3];   /* bytes of output in the pipes when the child ended */
  unsigned first, count; /* of input */
  uint32_t taken; /* input that the host has not been told of */
  uint8_t requested, input_ended, ended, killed;
  int status; /* as of wait(2), once ended */
  uint8_t input[INPUT];
};

/* What a request says (docs/sandbox.md): this, then the working directory, arguments and environment, each up to its 0. */
struct __attribute__((packed)) request {
  uint8_t kind, flags;
  uint16_t arguments, environment, reserved;
  uint32_t window; /* first credit of stdout and stderr */
  uint32_t memory; /* KiB, 0: no limit */
  uint32_t value;  /* kind run: how many processes, 0: no limit; files: permissions */
  char text[];
};
enum { RUN = 1, READ, WRITE, LIST, STAT, MAKE_DIRECTORY, REMOVE, RENAME };
enum { AT_START, AT_DIRECTORY, AT_EXEC, AT_LIMITS, AT_FILE };

extern struct stream streams[STREAMS];

struct stream *find_stream(int id);
/* Frames of the host about a stream. False: the host has broken the rules. */
int take_request(int id, int more, const uint8_t *payload, unsigned length);
int take_data(struct stream *s, const uint8_t *payload, unsigned length);
void take_end(struct stream *s, int channel);
void take_credit(struct stream *s, int channel, uint32_t bytes);
void take_signal(struct stream *s, int signal);

void feed_input(struct stream *s);
void read_output(struct stream *s, int channel);
/* Looks whether the child has ended, and says so once its output is through. */
void settle(struct stream *s);
/* Kills and forgets. */
void drop_stream(struct stream *s);

/* In the child: carries out an operation on files with standard input and output; 0 or a negative error number. */
long file_operation(const struct request *request, char **arguments);

#endif
