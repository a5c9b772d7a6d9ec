/*
 * The peer that serves: `peer MODE ARGS`. It listens on a free loopback port, reports the port, serves, and reports what
 * it counted.
 *   send BYTES CHUNK   sends BYTES bytes to one client, in writes of CHUNK bytes
 *   lines BYTES SIZE   sends BYTES bytes as lines of SIZE bytes each, in writes of 64 KiB
 *   lengths BYTES SIZE sends BYTES bytes as messages of SIZE bytes each; the first 4 bytes are the length of the rest
 *   receive            receives from one client until its end, then closes
 *   echo SIZE          receives SIZE bytes from one client, sends them back, and repeats
 *   greet CONNECTIONS  sends 22 bytes to each of CONNECTIONS clients and closes
 *   blast BYTES        like send, and reports how much it has sent each time the client holds it back
 */
#include "net.h"
#include <linux/sockios.h>
#include <sys/ioctl.h>

static char memory[1 << 20];

static void done(int64_t sent, int64_t received, int64_t messages) {
  say("{\"done\":{\"sent\":%lld,\"received\":%lld,\"messages\":%lld}}", (long long)sent, (long long)received,
      (long long)messages);
}

static int accept_one(int listener) {
  int fd = accept(listener, NULL, NULL);
  if (fd < 0) die("accept");
  no_delay(fd);
  return fd;
}

static void serve_send(int fd, int64_t bytes, int64_t chunk, int64_t message) {
  int64_t sent = 0;
  while (sent < bytes) {
    int64_t size = bytes - sent < chunk ? bytes - sent : chunk;
    int64_t n = send_all(fd, memory, size);
    sent += n;
    if (n < size) break;
  }
  shutdown(fd, SHUT_WR);
  done(sent, drain(fd, memory, sizeof memory), sent / message);
}

static void fill_lines(size_t size) {
  for (size_t at = size - 1; at < sizeof memory; at += size) memory[at] = '\n';
}

static void fill_lengths(size_t size) {
  uint32_t length = htonl(size - 4);
  for (size_t at = 0; at + size <= sizeof memory; at += size) memcpy(memory + at, &length, 4);
}

/** Receives at least 16 KiB per wake-up. To wake up for each small write would slow down the sender. */
static void serve_receive(int fd) {
  int enough = 16 * 1024;
  setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &enough, sizeof enough);
  int64_t received = drain(fd, memory, sizeof memory);
  close(fd);
  done(0, received, 0);
}

static void serve_echo(int fd, size_t size) {
  int64_t messages = 0;
  size_t have = 0;
  for (;;) {
    ssize_t n = recv(fd, memory + have, size - have, 0);
    if (n <= 0) break;
    if ((have += n) < size) continue;
    if (send_all(fd, memory, size) < (int64_t)size) break;
    messages += 1;
    have = 0;
  }
  done(messages * size, messages * size + have, messages);
}

static void serve_greet(int listener, int connections) {
  int64_t sent = 0;
  for (int i = 0; i < connections; i++) {
    int fd = accept_one(listener);
    sent += send_all(fd, "Connection Established", 22);
    close(fd);
  }
  done(sent, 0, connections);
}

/** Returns the bytes in the kernel's receive queue of the client, from /proc/net/tcp. Its port is `theirs`, ours `ours`. */
static long long receive_queue(int theirs, int ours) {
  char line[512];
  long long found = -1;
  FILE *table = fopen("/proc/net/tcp", "r");
  while (table != NULL && fgets(line, sizeof line, table) != NULL) {
    unsigned local, remote, rx;
    if (sscanf(line, " %*d: %*8x:%x %*8x:%x %*x %*x:%x", &local, &remote, &rx) == 3 && (int)local == theirs &&
        (int)remote == ours)
      found = rx;
  }
  if (table != NULL) fclose(table);
  return found;
}

static void snapshot(int fd, int theirs, int ours, int64_t sent) {
  int unacknowledged = 0;
  ioctl(fd, SIOCOUTQ, &unacknowledged);
  say("{\"held\":{\"sent\":%lld,\"inKernel\":%lld}}", (long long)sent,
      (long long)unacknowledged + receive_queue(theirs, ours));
}

/** Sends until all bytes are sent or the client has gone. Reports a snapshot each time it is held back for 50 ms. */
static void serve_blast(int fd, int ours, int64_t bytes) {
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  getpeername(fd, (struct sockaddr *)&peer, &size);
  int theirs = ntohs(peer.sin_port);
  int64_t sent = 0, last = now_ns();
  non_blocking(fd);
  while (sent < bytes) {
    ssize_t n = send(fd, memory, bytes - sent < 65536 ? bytes - sent : 65536, 0);
    if (n > 0) sent += n;
    else if (n < 0 && errno == EAGAIN) {
      struct pollfd p = {.fd = fd, .events = POLLOUT};
      if (poll(&p, 1, 50) == 0 || now_ns() - last > 50000000) {
        snapshot(fd, theirs, ours, sent);
        last = now_ns();
      }
    } else if (n < 0 && errno != EINTR) break;
  }
  for (struct pollfd p = {.fd = fd, .events = POLLIN}; poll(&p, 1, 50) == 0;) snapshot(fd, theirs, ours, sent);
  done(sent, 0, 0);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  int64_t first = argc > 2 ? atoll(argv[2]) : 0, second = argc > 3 ? atoll(argv[3]) : 0;
  int port;
  begin(180);
  memset(memory, 'x', sizeof memory);
  int listener = listen_any(&port);
  if (strcmp(mode, "send") == 0) serve_send(accept_one(listener), first, second, second);
  else if (strcmp(mode, "lines") == 0) fill_lines(second), serve_send(accept_one(listener), first, 65536, second);
  else if (strcmp(mode, "lengths") == 0) fill_lengths(second), serve_send(accept_one(listener), first, 65536, second);
  else if (strcmp(mode, "receive") == 0) serve_receive(accept_one(listener));
  else if (strcmp(mode, "echo") == 0) serve_echo(accept_one(listener), first);
  else if (strcmp(mode, "greet") == 0) serve_greet(listener, first);
  else if (strcmp(mode, "blast") == 0) serve_blast(accept_one(listener), port, first);
  else return 2;
  return 0;
}
