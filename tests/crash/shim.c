// Kills a process at a chosen change to the file system.
//
// Loaded with LD_PRELOAD, it counts every call that changes something below the folder CRASH_DIR, and acts at the one
// that CRASH_AT names:
//
//   CRASH_MODE=before   dies before the call
//   CRASH_MODE=after    dies after it
//   CRASH_MODE=torn     writes half of what is to be written, then dies; calls that cannot be halved die before
//
// CRASH_LOG names a file to which each counted call is appended as a line: number, call, path.
// Calls that bypass libc (io_uring, writes through mmap) are not seen.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { BEFORE, AFTER, TORN };

static const char *watched;
static size_t watched_length;
static long chosen = -1;
static enum mode mode;
static int log_fd = -1;
static atomic_long counter;

__attribute__((constructor)) static void read_settings(void) {
  watched = getenv("CRASH_DIR");
  watched_length = watched ? strlen(watched) : 0;
  const char *at = getenv("CRASH_AT");
  if (at) chosen = atol(at);
  const char *name = getenv("CRASH_MODE");
  if (name && !strcmp(name, "after")) mode = AFTER;
  if (name && !strcmp(name, "torn")) mode = TORN;
  const char *log = getenv("CRASH_LOG");
  if (log) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static void die(void) {
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  for (;;) pause();
}

static int is_watched(const char *path) {
  return watched && !strncmp(path, watched, watched_length) && (path[watched_length] == '/' || !path[watched_length]);
}

static int path_of_descriptor(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return 1;
}

static int path_at(int dir, const char *name, char *path) {
  char base[PATH_MAX];
  if (name[0] == '/') return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
  if (dir == AT_FDCWD) {
    if (!getcwd(base, sizeof base)) return 0;
  } else if (!path_of_descriptor(dir, base)) {
    return 0;
  }
  return snprintf(path, PATH_MAX, "%s/%s", base, name) < PATH_MAX;
}

// Counts a call on a path; true when it is the chosen one.
static int count(const char *call, const char *path) {
  if (!is_watched(path)) return 0;
  long number = atomic_fetch_add(&counter, 1) + 1;
  if (log_fd >= 0) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path + watched_length);
    syscall(SYS_write, log_fd, line, (size_t)length);
  }
  return number == chosen;
}

static int count_descriptor(const char *call, int fd) {
  char path[PATH_MAX];
  return watched && path_of_descriptor(fd, path) && count(call, path);
}

static int count_at(const char *call, int dir, const char *name) {
  char path[PATH_MAX];
  return watched && path_at(dir, name, path) && count(call, path);
}

#define REAL(name)                        \
  static __typeof__(name) *real;          \
  if (!real) real = dlsym(RTLD_NEXT, #name)

// Does the call, dying before or after it when it is the chosen one; `half` is what a torn call does.
#define ACT(hit, call, half)              \
  do {                                    \
    int chosen_ = (hit);                  \
    if (chosen_ && mode == TORN) {        \
      (void)!(half);                      \
      die();                              \
    }                                     \
    if (chosen_ && mode == BEFORE) die(); \
    __typeof__(call) result_ = (call);    \
    int error_ = errno;                   \
    if (chosen_) die();                   \
    errno = error_;                       \
    return result_;                       \
  } while (0)

ssize_t write(int fd, const void *data, size_t size) {
  REAL(write);
  ACT(count_descriptor("write", fd), real(fd, data, size), real(fd, data, size / 2));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
  REAL(pwrite);
  ACT(count_descriptor("pwrite", fd), real(fd, data, size, offset), real(fd, data, size / 2, offset));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
  REAL(pwrite64);
  ACT(count_descriptor("pwrite", fd), real(fd, data, size, offset), real(fd, data, size / 2, offset));
}

ssize_t writev(int fd, const struct iovec *parts, int number) {
  REAL(writev);
  ACT(count_descriptor("writev", fd), real(fd, parts, number), real(fd, parts, number / 2));
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags) {
  REAL(copy_file_range);
  ACT(count_descriptor("copy_file_range", to), real(from, from_at, to, to_at, size, flags),
      real(from, from_at, to, to_at, size / 2, flags));
}

ssize_t sendfile(int to, int from, off_t *offset, size_t size) {
  REAL(sendfile);
  ACT(count_descriptor("sendfile", to), real(to, from, offset, size), real(to, from, offset, size / 2));
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t size) {
  REAL(sendfile64);
  ACT(count_descriptor("sendfile", to), real(to, from, offset, size), real(to, from, offset, size / 2));
}

#define DESCRIPTOR_CALL(name, parameters, arguments)          \
  int name parameters {                                       \
    REAL(name);                                               \
    ACT(count_descriptor(#name, fd), real arguments, 0);      \
  }
DESCRIPTOR_CALL(fsync, (int fd), (fd))
DESCRIPTOR_CALL(fdatasync, (int fd), (fd))
DESCRIPTOR_CALL(syncfs, (int fd), (fd))
DESCRIPTOR_CALL(ftruncate, (int fd, off_t size), (fd, size))
DESCRIPTOR_CALL(ftruncate64, (int fd, off64_t size), (fd, size))
DESCRIPTOR_CALL(fallocate, (int fd, int how, off_t from, off_t size), (fd, how, from, size))
DESCRIPTOR_CALL(fallocate64, (int fd, int how, off64_t from, off64_t size), (fd, how, from, size))
DESCRIPTOR_CALL(posix_fallocate, (int fd, off_t from, off_t size), (fd, from, size))
DESCRIPTOR_CALL(posix_fallocate64, (int fd, off64_t from, off64_t size), (fd, from, size))
DESCRIPTOR_CALL(fchmod, (int fd, mode_t bits), (fd, bits))

#define PATH_CALL(name, parameters, arguments, dir, path)     \
  int name parameters {                                       \
    REAL(name);                                               \
    ACT(count_at(#name, dir, path), real arguments, 0);       \
  }
PATH_CALL(rename, (const char *from, const char *to), (from, to), AT_FDCWD, to)
PATH_CALL(renameat, (int from_dir, const char *from, int to_dir, const char *to), (from_dir, from, to_dir, to), to_dir, to)
PATH_CALL(renameat2, (int from_dir, const char *from, int to_dir, const char *to, unsigned flags),
          (from_dir, from, to_dir, to, flags), to_dir, to)
PATH_CALL(link, (const char *from, const char *to), (from, to), AT_FDCWD, to)
PATH_CALL(linkat, (int from_dir, const char *from, int to_dir, const char *to, int flags),
          (from_dir, from, to_dir, to, flags), to_dir, to)
PATH_CALL(symlink, (const char *target, const char *path), (target, path), AT_FDCWD, path)
PATH_CALL(symlinkat, (const char *target, int dir, const char *path), (target, dir, path), dir, path)
PATH_CALL(unlink, (const char *path), (path), AT_FDCWD, path)
PATH_CALL(unlinkat, (int dir, const char *path, int flags), (dir, path, flags), dir, path)
PATH_CALL(remove, (const char *path), (path), AT_FDCWD, path)
PATH_CALL(rmdir, (const char *path), (path), AT_FDCWD, path)
PATH_CALL(mkdir, (const char *path, mode_t bits), (path, bits), AT_FDCWD, path)
PATH_CALL(mkdirat, (int dir, const char *path, mode_t bits), (dir, path, bits), dir, path)
PATH_CALL(mkfifo, (const char *path, mode_t bits), (path, bits), AT_FDCWD, path)
PATH_CALL(truncate, (const char *path, off_t size), (path, size), AT_FDCWD, path)
PATH_CALL(chmod, (const char *path, mode_t bits), (path, bits), AT_FDCWD, path)
PATH_CALL(fchmodat, (int dir, const char *path, mode_t bits, int flags), (dir, path, bits, flags), dir, path)

// An open changes something when it creates the file or cuts it to nothing.
static int opens_with_change(int dir, const char *path, int flags) {
  if (flags & O_TRUNC) return 1;
  if (!(flags & O_CREAT)) return 0;
  struct stat found;
  return fstatat(dir, path, &found, AT_SYMLINK_NOFOLLOW) != 0;
}

static mode_t mode_argument(int flags, va_list rest) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN_CALL(name)                                                                                      \
  int name(const char *path, int flags, ...) {                                                               \
    REAL(name);                                                                                              \
    va_list rest;                                                                                            \
    va_start(rest, flags);                                                                                   \
    mode_t bits = mode_argument(flags, rest);                                                                \
    va_end(rest);                                                                                            \
    ACT(opens_with_change(AT_FDCWD, path, flags) && count_at("open", AT_FDCWD, path), real(path, flags, bits), 0); \
  }
OPEN_CALL(open)
OPEN_CALL(open64)

#define OPENAT_CALL(name)                                                                                \
  int name(int dir, const char *path, int flags, ...) {                                                  \
    REAL(name);                                                                                          \
    va_list rest;                                                                                        \
    va_start(rest, flags);                                                                               \
    mode_t bits = mode_argument(flags, rest);                                                            \
    va_end(rest);                                                                                        \
    ACT(opens_with_change(dir, path, flags) && count_at("openat", dir, path), real(dir, path, flags, bits), 0); \
  }
OPENAT_CALL(openat)
OPENAT_CALL(openat64)

int creat(const char *path, mode_t bits) {
  REAL(creat);
  ACT(count_at("creat", AT_FDCWD, path), real(path, bits), 0);
}
