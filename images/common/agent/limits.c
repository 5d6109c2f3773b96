#include "limits.h"
#include <linux/resource.h>

#define ROOT "/sys/fs/cgroup"

static void path_in(struct text *to, const struct group *group, const char *file) {
  to->length = 0;
  put(to, group->path.bytes);
  put(to, file);
}
static long write_in(const struct group *group, const char *file, const char *content) {
  struct text path;
  path_in(&path, group, file);
  return write_file(path.bytes, content);
}
static long bound(const struct group *group, const char *file, uint32_t value, const char *unit) {
  if (!value) return 0;
  struct text number = {.length = 0};
  put_number(&number, value);
  put(&number, unit);
  return write_in(group, file, number.bytes);
}

long make_group(struct group *group, uint32_t memory, uint32_t processes) {
  static unsigned made;
  group->made = 0;
  if (!memory && !processes) return 0;
  write_file(ROOT "/cgroup.subtree_control", "+memory +pids");
  group->path.length = 0;
  put(&group->path, ROOT "/domzero-");
  put_number(&group->path, (unsigned)sys_getpid());
  put(&group->path, "-");
  put_number(&group->path, ++made);
  /* Without control groups memory can still be bounded, process by process. */
  if (sys_mkdir(group->path.bytes, 0755) < 0) return processes ? -ENOSYS : 0;
  group->made = 1;
  long error = bound(group, "/memory.max", memory, "K");
  if (!error) error = bound(group, "/pids.max", processes, "");
  write_in(group, "/memory.oom.group", "1");
  write_in(group, "/memory.swap.max", "0");
  if (error) remove_group(group);
  return error;
}
long enter_group(const struct group *group, uint32_t memory) {
  if (group->made) return write_in(group, "/cgroup.procs", "0");
  if (memory) sys_limit(RLIMIT_AS, (uint64_t)memory << 10);
  return 0;
}
void kill_group(const struct group *group) {
  if (group->made) write_in(group, "/cgroup.kill", "1");
}
void remove_group(struct group *group) {
  /* While a process that was left in the background lives, its group stays. */
  if (group->made) sys_rmdir(group->path.bytes);
  group->made = 0;
}

/* The number after `key ` at the beginning of a line; 0 when there is none. */
static uint32_t counter(const char *path, const char *key) {
  static char content[16384];
  long fd = sys_open(path, O_RDONLY, 0);
  if (fd < 0) return 0;
  size_t length = 0;
  for (long got; length < sizeof content - 1; length += (size_t)got)
    if ((got = sys_read((int)fd, content + length, sizeof content - 1 - length)) <= 0) break;
  sys_close((int)fd);
  content[length] = 0;
  for (const char *line = content; *line;) {
    const char *k = key;
    while (*k && *k == *line) k++, line++;
    if (!*k && *line == ' ') {
      uint32_t value = 0;
      while (*++line >= '0' && *line <= '9') value = value * 10 + (uint32_t)(*line - '0');
      return value;
    }
    while (*line && *line++ != '\n') {}
  }
  return 0;
}
int out_of_memory(const struct group *group) {
  static uint32_t seen;
  struct text path;
  if (group->made) {
    path_in(&path, group, "/memory.events");
    if (counter(path.bytes, "oom_kill")) return 1;
  }
  uint32_t now = counter("/proc/vmstat", "oom_kill");
  int more = now != seen && !group->made;
  seen = now;
  return more;
}
