"""asyncio's streams as a contender. It reads jobs as lines and reports each result as a line of JSON."""
import asyncio
import json
import signal
import sys
import time

memory = bytes(b"x" * (1024 * 1024))
began = [0, 0]
took = []


def clocks():
    return [time.perf_counter_ns(), time.process_time_ns()]


def begin():
    began[:] = clocks()


def end():
    took[:] = [now - then for now, then in zip(clocks(), began)]


def say(line):
    print(json.dumps(line), flush=True)


def connect(port):
    return asyncio.open_connection("127.0.0.1", port)


async def download(port, bytes_, size, connections, messages):
    received = 0
    reader, writer = await connect(port)
    while received < bytes_:
        chunk = await reader.read(size)
        if not chunk:
            break
        received += len(chunk)
    writer.close()
    return {"received": received, "sent": 0}


async def pingpong(port, bytes_, size, connections, messages):
    trips = 0
    reader, writer = await connect(port)
    while trips < messages:
        writer.write(b"x")
        await writer.drain()
        if not await reader.read(1):
            break
        trips += 1
    writer.close()
    return {"received": trips, "sent": trips, "messages": trips}


def upload(step):
    async def run(port, bytes_, size, connections, messages):
        sent = 0
        reader, writer = await connect(port)
        while sent < bytes_:
            sent += step(writer, size, messages)
            await writer.drain()
        writer.write_eof()
        await reader.read()
        writer.close()
        return {"received": 0, "sent": sent, "messages": sent / size}

    return run


def one(writer, size, messages):
    writer.write(memory[:size])
    return size


def several(writer, size, messages):
    writer.writelines([memory[:size]] * messages)
    return size * messages


async def connecting(port, bytes_, size, connections, messages):
    received = 0

    async def lane():
        nonlocal received
        for _ in range(messages // connections):
            reader, writer = await connect(port)
            greeting = await reader.read()
            received += len(greeting)
            writer.close()
            await writer.wait_closed()

    await asyncio.gather(*(lane() for _ in range(connections)))
    return {"received": received, "sent": 0, "messages": received / 22}


async def echo(port, bytes_, size, connections, messages):
    received = ended = 0
    has_begun = False
    all_ended = asyncio.Event()

    async def handle(reader, writer):
        nonlocal received, ended, has_begun
        while chunk := await reader.read(65536):
            received += len(chunk)
            if not has_begun and received >= connections * size:
                has_begun = True
                begin()
            elif received == (connections + messages) * size:
                end()
            writer.write(chunk)
            await writer.drain()
        writer.close()
        ended += 1
        if ended == connections:
            all_ended.set()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=4096)
    say({"listening": server.sockets[0].getsockname()[1]})
    await all_ended.wait()
    server.close()
    return {"received": received, "sent": received}


plays = {
    "download": download,
    "pingpong": pingpong,
    "send": upload(one),
    "pack": upload(several),
    "connect": connecting,
    "echo": echo,
}

signal.alarm(20 * 60)
say({"plays": list(plays)})
for line in sys.stdin:
    workload, *numbers = line.split()
    begin()
    took.clear()
    work = asyncio.run(plays[workload](*map(int, numbers)))
    if not took:
        end()
    say({"done": {**work, "wall": took[0], "cpu": took[1] / 1000}})
