// Stands between a node and the system (LD_PRELOAD), for files below SHIM_DATA. It notes in SHIM_SHADOW what a disk whose power
// fails would keep: the length of each file at its last sync, and what was made, renamed or deleted in which directory since that
// was synced. It does so for files that are only appended to, which those of a log-structured store are. And it makes writing fail,
// syncing slow or the clock wrong, as three numbers in the file `orders` say, which a campaign changes meanwhile.
// Whatever is there when a process starts counts as synced.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct orders {
  volatile int32_t error;      // 1: writes and syncs fail
  volatile int32_t slow_ms;    // a sync takes so much longer
  volatile int32_t clock_off;  // seconds added to the time of day
};

static const char *data, *shadow;
static struct orders *orders;
static int ops = -1;
static atomic_int backups;

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int real_open(const char *path, int flags, int mode) {
  static int (*real)(const char *, int, ...);
  if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
  return real(path, flags, mode);
}

static int ours(const char *path) {
  size_t length = data ? strlen(data) : 0;
  return length && !strncmp(path, data, length) && (path[length] == '/' || !path[length]);
}

static int ours_fd(int fd, char *path) {
  char link[40];
  if (!data) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, 4095);
  if (length < 0) return 0;
  path[length] = 0;
  return ours(path);
}

static void synced(ino_t inode, off_t length) {
  char name[4200];
  snprintf(name, sizeof name, "%s/%lu.len", shadow, (unsigned long)inode);
  int fd = real_open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  int64_t value = length;
  if (fd < 0 || pwrite(fd, &value, sizeof value, 0) != sizeof value) abort();
  close(fd);
}

static void scan(const char *directory) {
  DIR *dir = opendir(directory);
  struct dirent *entry;
  while (dir && (entry = readdir(dir))) {
    char path[4500];
    struct stat status;
    if (entry->d_name[0] == '.' && (!entry->d_name[1] || entry->d_name[1] == '.')) continue;
    snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    if (lstat(path, &status)) continue;
    if (S_ISDIR(status.st_mode)) scan(path);
    else synced(status.st_ino, status.st_size);
  }
  if (dir) closedir(dir);
}

static void note(const char *format, ...) {
  char line[9000];
  va_list words;
  va_start(words, format);
  int length = vsnprintf(line, sizeof line, format, words);
  va_end(words);
  int before = errno;
  if (ops >= 0 && syscall(SYS_write, ops, line, length) != length) abort();
  errno = before;
}

__attribute__((constructor)) static void begin(void) {
  char name[4200];
  const char *where = getenv("SHIM_DATA");
  shadow = getenv("SHIM_SHADOW");
  if (!where || !shadow) return;
  DIR *dir = opendir(shadow);
  struct dirent *entry;
  while (dir && (entry = readdir(dir)))
    if (strstr(entry->d_name, ".len") || strstr(entry->d_name, ".bak") || !strcmp(entry->d_name, "ops")) {
      snprintf(name, sizeof name, "%s/%s", shadow, entry->d_name);
      unlink(name);
    }
  if (dir) closedir(dir);
  scan(where);
  snprintf(name, sizeof name, "%s/orders", shadow);
  int fd = real_open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0 || ftruncate(fd, 4096)) abort();
  orders = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
  if (orders == MAP_FAILED) abort();
  close(fd);
  snprintf(name, sizeof name, "%s/ops", shadow);
  ops = real_open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  data = where;
}

static int opened(const char *path, int flags, int mode) {
  int made = data && (flags & O_CREAT) && ours(path) && access(path, F_OK);
  if (made && orders->error) {
    errno = EIO;
    return -1;
  }
  int fd = real_open(path, flags, mode);
  if (made && fd >= 0) {
    struct stat status;
    if (!fstat(fd, &status)) synced(status.st_ino, 0);
    note("C %s\n", path);
  }
  return fd;
}

#define MODE \
  int mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list more; \
    va_start(more, flags); \
    mode = va_arg(more, int); \
    va_end(more); \
  }

int open(const char *path, int flags, ...) {
  MODE return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE return opened(path, flags, mode);
}

int creat(const char *path, mode_t mode) {
  return opened(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

// Keeps what stands at a path; answers its number, or -1 where nothing does.
static int keep(const char *path) {
  char name[4200];
  int number = atomic_fetch_add(&backups, 1);
  snprintf(name, sizeof name, "%s/%d-%d.bak", shadow, getpid(), number);
  return link(path, name) ? -1 : number;
}

int rename(const char *from, const char *to) {
  REAL(rename);
  if (!data || !ours(to)) return real(from, to);
  int number = keep(to), result = real(from, to);
  if (!result) note("R %d-%d %s %s\n", getpid(), number, from, to);
  return result;
}

int unlink(const char *path) {
  REAL(unlink);
  if (!data || !ours(path)) return real(path);
  int number = keep(path), result = real(path);
  if (!result) note("U %d-%d %s\n", getpid(), number, path);
  return result;
}

static int before_sync(int fd, char *path) {
  if (!data || !ours_fd(fd, path)) return 0;
  if (orders->slow_ms) usleep(orders->slow_ms * 1000);
  return 1;
}

static int after_sync(int fd, const char *path, struct stat *before, int result) {
  if (result) return result;
  if (S_ISDIR(before->st_mode)) note("D %s\n", path);
  else synced(before->st_ino, before->st_size);
  return result;
}

#define SYNC(name) \
  int name(int fd) { \
    REAL(name); \
    char path[4096]; \
    struct stat before; \
    if (!before_sync(fd, path) || fstat(fd, &before)) return real(fd); \
    if (orders->error) { \
      errno = EIO; \
      return -1; \
    } \
    return after_sync(fd, path, &before, real(fd)); \
  }
SYNC(fsync)
SYNC(fdatasync)

static int fails(int fd) {
  char path[4096];
  if (!orders || !orders->error || !ours_fd(fd, path)) return 0;
  errno = EIO;
  return 1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  REAL(write);
  return fails(fd) ? -1 : real(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  return fails(fd) ? -1 : real(fd, parts, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  REAL(pwrite);
  return fails(fd) ? -1 : real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  REAL(pwrite64);
  return fails(fd) ? -1 : real(fd, bytes, count, at);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  REAL(clock_gettime);
  int result = real(clock, time);
  if (orders && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += orders->clock_off;
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  static int (*real)(struct timeval *, void *);
  if (!real) real = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(time, zone);
  if (orders) time->tv_sec += orders->clock_off;
  return result;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
