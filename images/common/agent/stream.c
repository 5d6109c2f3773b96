#include "stream.h"
#include <linux/prctl.h>
#include <linux/wait.h>

/* Whom the kernel should end first when memory runs out: a command, never the agent. */
#define COMMAND_OOM_SCORE "500"
#define SIGNALS 64

struct stream streams[STREAMS];

struct failure {
  uint32_t stage, error;
};

struct stream *find_stream(int id) {
  for (struct stream *s = streams; s < streams + STREAMS; s++)
    if (s->id == id) return s;
  return NULL;
}
static void close_pipe(int *fd) {
  if (*fd >= 0) sys_close(*fd);
  *fd = -1;
}
static void forget(struct stream *s) {
  for (int channel = 0; channel < 3; channel++) close_pipe(&s->pipe[channel]);
  close_pipe(&s->failure);
  close_pipe(&s->pidfd);
  remove_group(&s->group);
  s->id = 0;
}
static void fail(struct stream *s, uint32_t stage, long error) {
  struct failure failure = {stage, (uint32_t)-error};
  send(FAILED, 0, s->id, &failure, sizeof failure);
  forget(s);
}

/* --- the child --- */

static __attribute__((noreturn)) void give_up(int report, uint32_t stage, long error) {
  struct failure failure = {stage, (uint32_t)-error};
  sys_write(report, &failure, sizeof failure);
  sys_exit(127);
}
static long enter_directory(const char *path) {
  if (*path) return sys_chdir(path);
  if (sys_chdir("/root") < 0) return sys_chdir("/");
  return 0;
}
/* Splits the request's text in place: a directory, then `arguments`, a NULL, the environment, and a NULL. */
static char **split(struct request *request, const char **directory) {
  static char *pointers[INPUT + 2];
  char *text = request->text;
  *directory = text;
  unsigned at = 0;
  for (unsigned i = 0; i < request->arguments + request->environment; i++) {
    text += strlen(text) + 1;
    if (i == request->arguments) pointers[at++] = NULL;
    pointers[at++] = text;
  }
  if (!request->environment) pointers[at++] = NULL;
  pointers[at] = NULL;
  return pointers;
}
static __attribute__((noreturn)) void be_child(struct stream *s, const int ends[3], int report) {
  struct request *request = (struct request *)s->input;
  const char *directory;
  char **arguments = split(request, &directory);
  for (int fd = 0; fd < 3; fd++) sys_dup2(ends[fd], fd);
  /* A session, and so a process group, of its own: signals reach all that it starts. */
  sys_setsid();
  /* Nobody would be left to bound it or to read what it writes. */
  sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
  sys_signal(SIGPIPE, SIG_DFL);
  sys_nice(0);
  write_file("/proc/self/oom_score_adj", COMMAND_OOM_SCORE);
  long error = enter_group(&s->group, request->memory);
  if (error) give_up(report, AT_LIMITS, error);
  if ((error = enter_directory(directory)) < 0) give_up(report, AT_DIRECTORY, error);
  if (request->kind == RUN) {
    error = sys_execve(arguments[0], arguments, arguments + request->arguments + 1);
    give_up(report, AT_EXEC, error);
  }
  /* Without exec nothing closes by itself: not even our own input's other end. */
  sys_dup2(report, 3);
  report = 3;
  sys_close_from(4);
  error = file_operation(request, arguments);
  if (error) give_up(report, AT_FILE, error);
  sys_exit(0);
}

/* --- starting --- */

/* Pipes for the three standard streams and for the child's report: `theirs` are its ends. */
static long open_pipes(struct stream *s, int theirs[4]) {
  int *const ours[4] = {&s->pipe[STDIN], &s->pipe[STDOUT], &s->pipe[STDERR], &s->failure};
  for (int i = 0; i < 4; i++) {
    int ends[2];
    long error = sys_pipe(ends);
    if (error < 0) {
      while (i--) close_pipe(&theirs[i]);
      return error;
    }
    int writer = i == STDIN;
    *ours[i] = ends[writer];
    theirs[i] = ends[!writer];
    sys_fcntl(*ours[i], F_SETFL, O_NONBLOCK);
  }
  return 0;
}
static void start(struct stream *s) {
  const struct request *request = (struct request *)s->input;
  long error = make_group(&s->group, request->memory, request->kind == RUN ? request->value : 0);
  if (error) return fail(s, AT_LIMITS, error);
  int theirs[4];
  error = open_pipes(s, theirs);
  if (error < 0) return fail(s, AT_START, error);
  error = sys_fork();
  if (!error) be_child(s, theirs, theirs[3]);
  for (int i = 0; i < 4; i++) sys_close(theirs[i]);
  if (error < 0) return fail(s, AT_START, error);
  s->pid = (int)error;
  s->pidfd = (int)sys_pidfd_open(s->pid);
  s->credit[STDOUT] = s->credit[STDERR] = request->window;
  s->requested = 1;
  s->count = 0;
}
/* As many texts as announced, and arguments enough for the kind. */
static int is_valid(const struct request *request, unsigned length) {
  static const uint8_t least[] = {[RUN] = 1, [READ] = 1, [WRITE] = 1, [LIST] = 1, [STAT] = 1, [MAKE_DIRECTORY] = 1,
                                  [REMOVE] = 1, [RENAME] = 2};
  if (length < sizeof *request || request->kind < RUN || request->kind > RENAME) return 0;
  unsigned texts = 0;
  for (unsigned i = sizeof *request; i < length; i++) texts += !((const uint8_t *)request)[i];
  if (((const uint8_t *)request)[length - 1]) return 0;
  return request->arguments >= least[request->kind] && texts == 1u + request->arguments + request->environment;
}
static struct stream *new_stream(int id) {
  struct stream *s = find_stream(0);
  if (!s) return NULL;
  memset(s, 0, offsetof(struct stream, input));
  s->id = id;
  s->pidfd = s->failure = s->pipe[0] = s->pipe[1] = s->pipe[2] = -1;
  return s;
}
int take_request(int id, int more, const uint8_t *payload, unsigned length) {
  struct stream *s = find_stream(id);
  if (!id || (s && s->requested)) return 0;
  if (!s && !(s = new_stream(id))) return 0;
  if (s->count + length > INPUT) return 0;
  memcpy(s->input + s->count, payload, length);
  s->count += length;
  if (more) return 1;
  if (!is_valid((struct request *)s->input, s->count)) return 0;
  start(s);
  return 1;
}

/* --- input --- */

static void tell_taken(struct stream *s, unsigned bytes) {
  s->taken += bytes;
  if (s->taken < INPUT / 4) return;
  send(CREDIT, STDIN, s->id, &s->taken, sizeof s->taken);
  s->taken = 0;
}
void feed_input(struct stream *s) {
  while (s->count && s->pipe[STDIN] >= 0) {
    unsigned part = s->count < INPUT - s->first ? s->count : INPUT - s->first;
    long written = sys_write(s->pipe[STDIN], s->input + s->first, part);
    if (written == -EAGAIN) return;
    if (written < 0) {
      /* Nobody reads any more: what comes is thrown away, and the host goes on. */
      close_pipe(&s->pipe[STDIN]);
      break;
    }
    s->first = (s->first + (unsigned)written) % INPUT;
    s->count -= (unsigned)written;
    tell_taken(s, (unsigned)written);
  }
  if (s->pipe[STDIN] < 0) {
    tell_taken(s, s->count);
    s->count = 0;
  } else if (s->input_ended) {
    close_pipe(&s->pipe[STDIN]);
  }
}
int take_data(struct stream *s, const uint8_t *payload, unsigned length) {
  if (!s->requested || s->input_ended || s->count + length > INPUT) return 0;
  for (unsigned i = 0; i < length;) {
    unsigned at = (s->first + s->count) % INPUT;
    unsigned part = length - i < INPUT - at ? length - i : INPUT - at;
    memcpy(s->input + at, payload + i, part);
    s->count += part;
    i += part;
  }
  feed_input(s);
  return 1;
}
void take_end(struct stream *s, int channel) {
  if (!s->requested) return;
  if (channel != STDIN) return close_pipe(&s->pipe[channel]);
  s->input_ended = 1;
  feed_input(s);
}
void take_credit(struct stream *s, int channel, uint32_t bytes) {
  s->credit[channel] += bytes;
}
void take_signal(struct stream *s, int signal) {
  if (!s->requested || s->ended || signal < 1 || signal > SIGNALS) return;
  if (signal == SIGKILL) {
    s->killed = 1;
    kill_group(&s->group);
  }
  /* It may not have come to setsid() yet. */
  if (sys_kill(-s->pid, signal) == -ESRCH) sys_kill(s->pid, signal);
}

/* --- output and end --- */

static void end_output(struct stream *s, int channel) {
  close_pipe(&s->pipe[channel]);
  send(END, channel, s->id, NULL, 0);
}
/* A frame at a time, so that everybody has a turn. */
void read_output(struct stream *s, int channel) {
  if (s->pipe[channel] < 0 || !room_for_data()) return;
  if (s->ended && !s->left[channel]) return end_output(s, channel);
  uint32_t most = s->credit[channel] < PAYLOAD ? s->credit[channel] : PAYLOAD;
  if (s->ended && s->left[channel] < most) most = s->left[channel];
  if (!most) return;
  uint8_t *to = next_payload();
  long got = sys_read(s->pipe[channel], to, most);
  if (got == -EAGAIN) return;
  if (got <= 0) return end_output(s, channel);
  s->credit[channel] -= (uint32_t)got;
  s->left[channel] -= (uint32_t)got;
  send(DATA, channel, s->id, to, (unsigned)got);
  if (s->ended && !s->left[channel]) end_output(s, channel);
}
static void report_end(struct stream *s) {
  struct failure failure;
  if (sys_read(s->failure, &failure, sizeof failure) == sizeof failure) return fail(s, failure.stage, -(long)failure.error);
  int signal = s->status & 0x7f;
  int code = s->status >> 8 & 0xff;
  /* A shell reports the end of its child as its own exit code. */
  int suspicious = !s->killed && (s->group.made || signal == SIGKILL || code == 128 + SIGKILL);
  uint8_t end[4] = {(uint8_t)signal, (uint8_t)code, (uint8_t)(suspicious && out_of_memory(&s->group)), 0};
  send(EXIT, 0, s->id, end, sizeof end);
  forget(s);
}
void settle(struct stream *s) {
  if (!s->ended) {
    if (sys_wait(s->pid, &s->status, WNOHANG) != s->pid) return;
    s->ended = 1;
    /* What is in the pipes by now is its output; what others that hold them write later is not waited for. */
    for (int channel = STDOUT; channel <= STDERR; channel++)
      if (s->pipe[channel] >= 0) sys_ioctl(s->pipe[channel], FIONREAD, &s->left[channel]);
  }
  for (int channel = STDOUT; channel <= STDERR; channel++) read_output(s, channel);
  if (s->pipe[STDOUT] < 0 && s->pipe[STDERR] < 0 && room_for_data()) report_end(s);
}
void drop_stream(struct stream *s) {
  if (!s->id) return;
  if (s->requested && !s->ended) {
    take_signal(s, SIGKILL);
    sys_wait(s->pid, NULL, WNOHANG);
  }
  forget(s);
}
