/*
 * Operations on files. Each runs in a child of its own, like a command: contents and answers go through its standard
 * input and output, so that a slow disk, a FIFO without writer or a huge folder keeps nobody else waiting.
 */
#include "stream.h"

#define CHUNK 32768
#define PATH_MAX 4096

/* Flags of a request. */
enum { RECURSIVE = 1, APPEND = 2, FORCE = 4, NO_FOLLOW = 8, EXCLUSIVE = 16 };

struct dirent64 {
  uint64_t inode, offset;
  uint16_t size;
  uint8_t type;
  char name[];
};
/* What LIST and STAT answer for a file; the name follows. */
struct __attribute__((packed)) record {
  uint32_t mode, uid, gid, links;
  uint64_t size;
  int64_t seconds;
  uint32_t nanoseconds;
  uint16_t name;
};

static long write_all(int fd, const void *from, size_t n) {
  for (const char *at = from; n;) {
    long written = sys_write(fd, at, n);
    if (written < 0) return written;
    at += written;
    n -= (size_t)written;
  }
  return 0;
}
static long copy(int from, int to) {
  static char chunk[CHUNK];
  for (;;) {
    long got = sys_read(from, chunk, sizeof chunk);
    if (got <= 0) return got;
    long error = write_all(to, chunk, (size_t)got);
    if (error) return error;
  }
}
static long read_file(const char *path) {
  long fd = sys_open(path, O_RDONLY, 0);
  return fd < 0 ? fd : copy((int)fd, STDOUT);
}
static long store_file(const char *path, int flags, int mode) {
  int how = O_WRONLY | O_CREAT | (flags & APPEND ? O_APPEND : O_TRUNC) | (flags & EXCLUSIVE ? O_EXCL : 0);
  long fd = sys_open(path, how, mode & 07777);
  if (fd < 0) return fd;
  long error = copy(STDIN, (int)fd);
  /* The end of a file on a network or a full disk may show only now. */
  long closed = sys_close((int)fd);
  return error ? error : closed;
}

static long report(int directory, const char *name, int flags) {
  struct statx found;
  static struct {
    struct record head;
    char name[256];
  } answer;
  long error = sys_statx(directory, name, flags, &found);
  if (error < 0) return error;
  size_t length = directory == AT_FDCWD ? 0 : strlen(name);
  answer.head = (struct record){found.stx_mode, found.stx_uid, found.stx_gid, found.stx_nlink, found.stx_size,
                                found.stx_mtime.tv_sec, found.stx_mtime.tv_nsec, (uint16_t)length};
  memcpy((char *)&answer + sizeof answer.head, name, length);
  return write_all(STDOUT, &answer, sizeof answer.head + length);
}
static int is_self_or_parent(const char *name) { return !strcmp(name, ".") || !strcmp(name, ".."); }

static long list(const char *path) {
  static uint8_t entries[CHUNK];
  long fd = sys_open(path, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0) return fd;
  for (;;) {
    long got = sys_getdents((int)fd, entries, sizeof entries);
    if (got <= 0) return got;
    for (long at = 0; at < got;) {
      const struct dirent64 *entry = (struct dirent64 *)(entries + at);
      at += entry->size;
      long error = is_self_or_parent(entry->name) ? 0 : report((int)fd, entry->name, AT_SYMLINK_NOFOLLOW);
      /* It may have gone since. */
      if (error && error != -ENOENT) return error;
    }
  }
}
static long make_directory(char *path, int flags, int mode) {
  long error = sys_mkdir(path, mode & 07777);
  if (!error || !(flags & RECURSIVE)) return error;
  for (char *slash = path + 1; *slash; slash++) {
    if (*slash != '/') continue;
    *slash = 0;
    sys_mkdir(path, 0777);
    *slash = '/';
  }
  error = sys_mkdir(path, mode & 07777);
  if (error != -EEXIST) return error;
  long fd = sys_open(path, O_PATH | O_DIRECTORY, 0);
  if (fd < 0) return -EEXIST;
  sys_close((int)fd);
  return 0;
}

/* `path` has room for PATH_MAX bytes, and comes back as it was. */
static long remove_tree(char *path, int recursive);

static long empty_directory(char *path, size_t length, int *removed) {
  uint8_t entries[1024];
  long fd = sys_open(path, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0) return fd;
  long error = 0, got;
  while (!error && (got = sys_getdents((int)fd, entries, sizeof entries)) > 0) {
    for (long at = 0; at < got && !error;) {
      const struct dirent64 *entry = (struct dirent64 *)(entries + at);
      at += entry->size;
      if (is_self_or_parent(entry->name)) continue;
      size_t more = strlen(entry->name);
      if (length + 1 + more >= PATH_MAX) {
        error = -ENAMETOOLONG;
        break;
      }
      path[length] = '/';
      memcpy(path + length + 1, entry->name, more + 1);
      error = remove_tree(path, 1);
      path[length] = 0;
      *removed = 1;
    }
  }
  sys_close((int)fd);
  return error;
}
static long remove_tree(char *path, int recursive) {
  long error = sys_unlink(path);
  if (error != -EISDIR) return error;
  /* A folder that loses entries while it is read may show only some of them: again, as long as that helps. */
  for (int removed = 1;;) {
    error = sys_rmdir(path);
    if (error != -ENOTEMPTY || !recursive || !removed) return error;
    removed = 0;
    error = empty_directory(path, strlen(path), &removed);
    if (error) return error;
  }
}
static long remove_path(const char *name, int flags) {
  static char path[PATH_MAX];
  size_t length = strlen(name);
  if (length >= sizeof path) return -ENAMETOOLONG;
  memcpy(path, name, length + 1);
  long error = remove_tree(path, flags & RECURSIVE);
  return error == -ENOENT && flags & FORCE ? 0 : error;
}

long file_operation(const struct request *request, char **arguments) {
  char *path = arguments[0];
  switch (request->kind) {
  case READ:
    return read_file(path);
  case WRITE:
    return store_file(path, request->flags, (int)request->value);
  case LIST:
    return list(path);
  case STAT:
    return report(AT_FDCWD, path, request->flags & NO_FOLLOW ? AT_SYMLINK_NOFOLLOW : 0);
  case MAKE_DIRECTORY:
    return make_directory(path, request->flags, (int)request->value);
  case REMOVE:
    return remove_path(path, request->flags);
  default:
    return sys_rename(path, arguments[1]);
  }
}
