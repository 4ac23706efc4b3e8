/* Shifts the wall clock of the process that preloads it by the nanoseconds in a file, which may change at any time.
   The monotonic clock stays as it is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *shift_nanos;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("SAMPO_CHAOS_CLOCK");
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  if (file != NULL) {
    int fd = open(file, O_RDONLY);
    if (fd >= 0) {
      void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
      if (mapped != MAP_FAILED) shift_nanos = mapped;
      close(fd);
    }
  }
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (real_clock_gettime == NULL) real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real_clock_gettime(clock, now);
  if (result == 0 && shift_nanos != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t nanos = now->tv_nsec + *shift_nanos % 1000000000;
    now->tv_sec += *shift_nanos / 1000000000;
    if (nanos < 0) { nanos += 1000000000; now->tv_sec--; }
    if (nanos >= 1000000000) { nanos -= 1000000000; now->tv_sec++; }
    now->tv_nsec = nanos;
  }
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void) zone;
  int result = clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return result;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
