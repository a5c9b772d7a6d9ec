"""Python's blocking sockets as a contender. It reads jobs as lines and reports each result as a line of JSON."""
import json
import signal
import socket
import sys
import time

memory = memoryview(bytearray(b"x" * (1024 * 1024)))


def connect(port):
    soc = socket.create_connection(("127.0.0.1", port))
    soc.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return soc


def download(port, bytes_, size, connections, messages):
    received = 0
    with connect(port) as soc:
        while received < bytes_:
            chunk = soc.recv(size)
            if not chunk:
                break
            received += len(chunk)
    return {"received": received, "sent": 0}


def views(port, bytes_, size, connections, messages):
    received = 0
    buffer = bytearray(size)
    with connect(port) as soc:
        while received < bytes_:
            count = soc.recv_into(buffer)
            if count == 0:
                break
            received += count
    return {"received": received, "sent": 0}


def pingpong(port, bytes_, size, connections, messages):
    trips = 0
    with connect(port) as soc:
        while trips < messages:
            soc.sendall(b"x")
            if not soc.recv(1):
                break
            trips += 1
    return {"received": trips, "sent": trips, "messages": trips}


def upload(step):
    def run(port, bytes_, size, connections, messages):
        sent = 0
        with connect(port) as soc:
            while sent < bytes_:
                sent += step(soc, size, messages)
            soc.shutdown(socket.SHUT_WR)
            soc.recv(1)
        return {"received": 0, "sent": sent, "messages": sent / size}

    return run


def one(soc, size, messages):
    soc.sendall(memory[:size])
    return size


def joined(soc, size, messages):
    soc.sendall(b"".join([memory[:size]] * messages))
    return size * messages


def connecting(port, bytes_, size, connections, messages):
    received = 0
    for _ in range(messages):
        with connect(port) as soc:
            while chunk := soc.recv(1024):
                received += len(chunk)
    return {"received": received, "sent": 0, "messages": received / 22}


plays = {
    "download": download,
    "views": views,
    "pingpong": pingpong,
    "send": upload(one),
    "pack": upload(joined),
    "connect": connecting,
}

signal.alarm(20 * 60)
print(json.dumps({"plays": list(plays)}), flush=True)
for line in sys.stdin:
    workload, *numbers = line.split()
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    work = plays[workload](*map(int, numbers))
    measured = {"wall": time.perf_counter_ns() - wall, "cpu": (time.process_time_ns() - cpu) / 1000}
    print(json.dumps({"done": {**work, **measured}}), flush=True)
