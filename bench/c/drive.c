/*
 * The client that drives a server: `drive MODE PORT ARGS`. It reports what it counted.
 *   echo PORT CONNECTIONS SIZE MESSAGES  each connection sends SIZE bytes, waits for their echo, and repeats
 *   idle PORT FIRST ALL                  opens FIRST connections; after a line on stdin, opens the rest up to ALL; then
 *                                        waits until the server closes them
 */
#include "net.h"
#include <sys/epoll.h>

struct conn {
  int fd, events;
  int64_t sent, got, left, began;
};

static char *frame, *sink;
static int64_t size, messages, total, sent, received;
static int64_t *latencies;

static int watch(int poller, struct conn *c, int events, int op) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  c->events = events;
  return epoll_ctl(poller, op, c->fd, &e);
}

/** Sends the rest of the message. If the kernel has no room, waits for EPOLLOUT. */
static void push(int poller, struct conn *c) {
  while (c->sent < size) {
    ssize_t n = send(c->fd, frame, size - c->sent, 0);
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) die("send");
    c->sent += n;
    sent += n;
  }
  int events = c->sent < size ? EPOLLIN | EPOLLOUT : EPOLLIN;
  if (events != c->events) watch(poller, c, events, EPOLL_CTL_MOD);
}

static void next(int poller, struct conn *c) {
  c->began = now_ns();
  c->sent = c->got = 0;
  push(poller, c);
}

/** Receives the available bytes. At the end of a message, records its latency and begins the next message. */
static void pull(int poller, struct conn *c) {
  ssize_t n = recv(c->fd, sink, size - c->got, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) die("recv");
  c->got += n;
  received += n;
  if (c->got < size) return;
  latencies[messages++] = now_ns() - c->began;
  if (--c->left > 0) next(poller, c);
}

/** Sends messages on all connections until `until` messages have come back in total. */
static void converse(int poller, struct conn *conns, int connections, int64_t until) {
  struct epoll_event ready[512];
  for (int i = 0; i < connections; i++) next(poller, &conns[i]);
  while (messages < until) {
    int n = epoll_wait(poller, ready, 512, 20000);
    if (n == 0) {
      fprintf(stderr, "only %lld of %lld messages came back\n", (long long)messages, (long long)until);
      exit(1);
    }
    for (int i = 0; i < n; i++) {
      struct conn *c = ready[i].data.ptr;
      if (ready[i].events & EPOLLOUT) push(poller, c);
      if (ready[i].events & ~EPOLLOUT) pull(poller, c);
    }
  }
}

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static double at(double quantile) { return latencies[(int64_t)(quantile * (total - 1))] / 1000.0; }

/** The first message of each connection shows that the connection is served. The clock starts when all are served. */
static void drive_echo(int port, int connections, int64_t wanted) {
  int64_t each = (wanted + connections - 1) / connections;
  int poller = epoll_create1(0);
  struct conn *conns = calloc(connections, sizeof *conns);
  total = each * connections;
  frame = malloc(size);
  sink = malloc(size);
  latencies = malloc((total + connections) * sizeof *latencies);
  memset(frame, 'x', size);
  for (int i = 0; i < connections; i++) {
    conns[i].fd = connect_to(port);
    conns[i].left = 1;
    non_blocking(conns[i].fd);
    if (watch(poller, &conns[i], EPOLLIN, EPOLL_CTL_ADD) < 0) die("epoll_ctl");
  }
  converse(poller, conns, connections, connections);
  messages = 0;
  for (int i = 0; i < connections; i++) conns[i].left = each;
  int64_t began = now_ns();
  converse(poller, conns, connections, total);
  int64_t wall = now_ns() - began;
  for (int i = 0; i < connections; i++) close(conns[i].fd);
  qsort(latencies, total, sizeof *latencies, ascending);
  say("{\"done\":{\"wall\":%lld,\"sent\":%lld,\"received\":%lld,\"messages\":%lld,\"p50\":%.1f,\"p99\":%.1f,"
      "\"p999\":%.1f}}",
      (long long)wall, (long long)sent, (long long)received, (long long)messages, at(0.5), at(0.99), at(0.999));
}

static void drive_idle(int port, int first, int all) {
  int *fds = calloc(all, sizeof *fds);
  char byte;
  for (int i = 0; i < all; i++) {
    if (i == first) getchar();
    fds[i] = connect_to(port);
  }
  for (int i = 0; i < all; i++) drain(fds[i], &byte, 1);
  say("{\"done\":{\"sent\":0,\"received\":0,\"messages\":%d}}", all);
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  begin(180);
  if (strcmp(argv[1], "echo") == 0 && argc > 5) {
    size = atoll(argv[4]);
    drive_echo(atoi(argv[2]), atoi(argv[3]), atoll(argv[5]));
  } else if (strcmp(argv[1], "idle") == 0) drive_idle(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
  else return 2;
  return 0;
}
