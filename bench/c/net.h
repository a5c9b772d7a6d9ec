/* Shared parts of the C programs of the bench: loopback sockets, clocks, lines of JSON, and a timeout of the process. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static inline void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

/** Ends the process after `seconds`, raises its descriptor limit, and ignores SIGPIPE so that a lost peer is an error. */
static inline void begin(unsigned seconds) {
  struct rlimit limit;
  signal(SIGPIPE, SIG_IGN);
  alarm(seconds);
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

static inline int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline int64_t cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static inline void say(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  putchar('\n');
  fflush(stdout);
}

static inline void no_delay(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static inline void non_blocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

/** Listens on a free loopback port and reports the port. */
static inline int listen_any(int *port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) < 0 || listen(fd, 4096) < 0) die("listen");
  getsockname(fd, (struct sockaddr *)&at, &size);
  *port = ntohs(at.sin_port);
  say("{\"listening\":%d}", *port);
  return fd;
}

static inline struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
}

static inline int connect_to(int port) {
  struct sockaddr_in at = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) < 0) die("connect");
  no_delay(fd);
  return fd;
}

static inline void wait_for(int fd, short events) {
  struct pollfd p = {.fd = fd, .events = events};
  poll(&p, 1, 1000);
}

/** Sends all bytes. Returns how many were sent, which is fewer if the connection failed. */
static inline int64_t send_all(int fd, const char *bytes, int64_t size) {
  int64_t sent = 0;
  while (sent < size) {
    ssize_t n = send(fd, bytes + sent, size - sent, 0);
    if (n > 0) sent += n;
    else if (n < 0 && errno == EAGAIN) wait_for(fd, POLLOUT);
    else if (n < 0 && errno != EINTR) break;
  }
  return sent;
}

/** Receives until the end or an error of the connection. Returns the number of bytes. */
static inline int64_t drain(int fd, char *into, size_t size) {
  int64_t received = 0;
  for (ssize_t n; (n = recv(fd, into, size, 0)) > 0 || (n < 0 && errno == EINTR);)
    if (n > 0) received += n;
  return received;
}
