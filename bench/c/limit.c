/*
 * The contender in C, an upper bound for the others. Like the JavaScript contenders, it reads jobs as lines of
 * `play port bytes size connections messages` and reports the result of each.
 */
#include "net.h"
#include <sys/epoll.h>

struct job {
  char workload[32];
  int port, connections;
  long long bytes, size, messages;
};

struct work {
  long long received, sent, messages;
};

static char memory[1 << 20];
static int64_t wall_began, cpu_began, wall, cpu;

static void start(void) {
  wall = 0;
  wall_began = now_ns();
  cpu_began = cpu_us();
}

static void end(void) {
  wall = now_ns() - wall_began;
  cpu = cpu_us() - cpu_began;
}

static struct work download(const struct job *job) {
  struct work work = {0, 0, -1};
  int fd = connect_to(job->port);
  while (work.received < job->bytes) {
    ssize_t n = recv(fd, memory, job->size, 0);
    if (n <= 0) break;
    work.received += n;
  }
  close(fd);
  return work;
}

static struct work pingpong(const struct job *job) {
  struct work work = {0, 0, 0};
  int fd = connect_to(job->port);
  for (; work.messages < job->messages; work.messages++) {
    if (send(fd, memory, 1, 0) != 1 || recv(fd, memory, 1, 0) != 1) break;
  }
  close(fd);
  work.sent = work.received = work.messages;
  return work;
}

/** Uploads in writes of `pieces` messages each. */
static struct work upload(const struct job *job, int pieces) {
  struct work work = {0, 0, 0};
  struct iovec buffers[1024];
  int fd = connect_to(job->port);
  for (int i = 0; i < pieces; i++) buffers[i] = (struct iovec){memory, job->size};
  while (work.sent < job->bytes) {
    ssize_t n = pieces == 1 ? send(fd, memory, job->size, 0) : writev(fd, buffers, pieces);
    if (n <= 0) die("send");
    work.sent += n;
    long long torn = work.sent % job->size;
    if (torn > 0) work.sent += send_all(fd, memory, job->size - torn);
  }
  shutdown(fd, SHUT_WR);
  drain(fd, memory, sizeof memory);
  close(fd);
  work.messages = work.sent / job->size;
  return work;
}

static int begin_connect(int port) {
  struct sockaddr_in at = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  non_blocking(fd);
  if (connect(fd, (struct sockaddr *)&at, sizeof at) < 0 && errno != EINPROGRESS) die("connect");
  return fd;
}

/** Keeps `connections` connections open at once: when one has ended, the next is opened. */
static struct work connecting(const struct job *job) {
  struct work work = {0, 0, 0};
  struct pollfd fds[1024];
  long long begun = job->connections, open = job->connections;
  for (int i = 0; i < job->connections; i++) fds[i] = (struct pollfd){.fd = begin_connect(job->port), .events = POLLIN};
  while (open > 0 && poll(fds, job->connections, 10000) > 0)
    for (int i = 0; i < job->connections; i++) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      ssize_t n = recv(fds[i].fd, memory, sizeof memory, 0);
      if (n > 0) work.received += n;
      if (n > 0 || (n < 0 && errno == EAGAIN)) continue;
      if (n < 0) die("recv");
      close(fds[i].fd);
      if (begun < job->messages) fds[i].fd = begin_connect(job->port), begun++;
      else fds[i].fd = -1, open--;
    }
  work.messages = work.received / 22;
  return work;
}

static struct work echo(const struct job *job) {
  struct work work = {0, 0, -1};
  struct epoll_event ready[512];
  int port, begun = 0, ended = 0, poller = epoll_create1(0), listener = listen_any(&port);
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
  while (ended < job->connections) {
    int n = epoll_wait(poller, ready, 512, 30000);
    if (n == 0) break;
    for (int i = 0; i < n; i++) {
      int fd = ready[i].data.fd;
      if (fd == listener) {
        int client = accept(listener, NULL, NULL);
        no_delay(client);
        non_blocking(client);
        epoll_ctl(poller, EPOLL_CTL_ADD, client, &(struct epoll_event){.events = EPOLLIN, .data.fd = client});
        continue;
      }
      ssize_t size = recv(fd, memory, 65536, 0);
      if (size < 0 && errno == EAGAIN) continue;
      if (size > 0) {
        work.received += size;
        if (!begun && work.received >= job->connections * job->size) begun = 1, start();
        else if (work.received == (job->connections + job->messages) * job->size) end();
        work.sent += send_all(fd, memory, size);
      } else close(fd), ended++;
    }
  }
  close(listener);
  close(poller);
  return work;
}

static struct work play(const struct job *job) {
  if (strcmp(job->workload, "pingpong") == 0) return pingpong(job);
  if (strcmp(job->workload, "send") == 0) return upload(job, 1);
  if (strcmp(job->workload, "pack") == 0) return upload(job, job->messages);
  if (strcmp(job->workload, "connect") == 0) return connecting(job);
  if (strcmp(job->workload, "echo") == 0) return echo(job);
  return download(job);
}

int main(void) {
  struct job job;
  begin(1200);
  say("{\"plays\":[\"download\",\"views\",\"pingpong\",\"send\",\"pack\",\"connect\",\"echo\"]}");
  while (scanf("%31s %d %lld %lld %d %lld", job.workload, &job.port, &job.bytes, &job.size, &job.connections,
               &job.messages) == 6) {
    start();
    struct work work = play(&job);
    if (wall == 0) end();
    char messages[40] = "";
    if (work.messages >= 0) snprintf(messages, sizeof messages, "\"messages\":%lld,", work.messages);
    say("{\"done\":{\"received\":%lld,\"sent\":%lld,%s\"wall\":%lld,\"cpu\":%lld}}", work.received, work.sent, messages,
        (long long)wall, (long long)cpu);
  }
  return 0;
}
