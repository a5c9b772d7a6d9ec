"""asyncio's streams, as a client and as a server. The fourth argument is the conversation."""

import asyncio
import hashlib
import json
import sys

from meet import say, where


async def reading(reader, writer):
    """Receives with readexactly, readline and read(-1). Sends an answer of some MiB, then write_eof."""
    exactly = await reader.readexactly(5)
    line = await reader.readline()
    rest = await reader.read(-1)
    answer = rest * 300
    for at in range(0, len(answer), 70_001):
        writer.write(answer[at : at + 70_001])
        await writer.drain()
    writer.write_eof()
    say(
        exactly=exactly.decode(),
        line=line.decode(),
        rest=len(rest),
        answer=hashlib.sha256(answer).hexdigest(),
    )


async def short(reader, writer):
    """Sends three bytes where five are expected, and receives three of five."""
    writer.write(b"abc")
    writer.write_eof()
    try:
        await reader.readexactly(5)
    except asyncio.IncompleteReadError as error:
        say(expected=error.expected, partial=error.partial.decode())


async def draining(reader, writer):
    """Writes until drain waits for the peer, and reports that. Then waits until everything is sent."""
    sent = hashlib.sha256()
    piece = bytes(range(256)) * 1024
    count = 0
    while count < 256:
        writer.write(piece)
        sent.update(piece)
        count += 1
        drain = asyncio.ensure_future(writer.drain())
        await asyncio.sleep(0)
        if not drain.done():
            say(waits=True)
            await drain
            break
        await drain
    writer.write_eof()
    say(bytes=count * len(piece), sent=sent.hexdigest(), got=(await reader.read(-1)).decode())


async def outcome(reader, how, what):
    receive = {
        "line": lambda: reader.readline(),
        "until": lambda: reader.readuntil(what.encode()),
        "exactly": lambda: reader.readexactly(what),
        "all": lambda: reader.read(-1),
    }[how]
    try:
        return (await receive()).decode()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        return type(error).__name__


async def delimited(reader, writer):
    """Writes the given pieces, each after the peer has received the one before it. Then makes the given receives."""
    pieces, receives = json.loads(sys.argv[5])
    for piece in pieces:
        writer.write(piece.encode())
        await writer.drain()
        await reader.readexactly(1)
    writer.write_eof()
    say(outcomes=[await outcome(reader, how, what) for how, what in receives])


talks = {"reading": reading, "short": short, "draining": draining, "delimited": delimited}

# A small limit, which few bytes exceed.
limit = 64 if sys.argv[4] == "delimited" else 2**16


async def talk(reader, writer):
    await talks[sys.argv[4]](reader, writer)
    writer.close()
    await writer.wait_closed()


async def listening(done):
    host, port = sys.argv[2], int(sys.argv[3])

    async def serve(reader, writer):
        try:
            done.set_result(await talk(reader, writer))
        except Exception as error:
            done.set_exception(error)

    if host.startswith("/"):
        return await asyncio.start_unix_server(serve, host, limit=limit)
    return await asyncio.start_server(serve, host, port, limit=limit)


async def main():
    if sys.argv[1] == "listen":
        done = asyncio.get_running_loop().create_future()
        async with await listening(done) as server:
            name = server.sockets[0].getsockname()
            say(port=0 if isinstance(name, str) else name[1])
            await done
    elif sys.argv[2].startswith("/"):
        await talk(*await asyncio.open_unix_connection(where()[1], limit=limit))
    else:
        await talk(*await asyncio.open_connection(*where()[1], limit=limit))


asyncio.run(main())
