"""The hostile peers of peers.ts on Python's socket, which does not add the behavior of Node's sockets.

    peers.py NAME serve tcp | serve PATH | visit PORT | visit PATH

Prints `listening PORT` when it listens, and then a line for each thing that it has done.
"""
import os
import signal
import socket
import struct
import sys
import threading

GREETING = b"Connection Established"
DRIBBLED = "a é € 😀 Connection Established".encode()
ESCAPES = "\x1b]0;title\x07\x1b[31m\u202eabc\u2069\r\x9b31m é\n".encode()
BEFORE_RESET = 3 * 1024 * 1024
FLOOD = 200 * 1024 * 1024
PERIOD = 251
PIECE = bytes(range(PERIOD)) * 256


def tell(what):
    print(what, flush=True)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def stream(soc, length):
    while length > 0:
        part = PIECE[: min(length, len(PIECE))]
        soc.sendall(part)
        length -= len(part)


def reset(soc):
    if soc.family == socket.AF_INET:
        soc.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    soc.close()
    tell("reset")


def count(soc):
    total = 0
    while chunk := soc.recv(65536):
        total += len(chunk)
    return total


def send_and_end(data):
    def play(soc):
        soc.sendall(data)
        soc.shutdown(socket.SHUT_WR)
        count(soc)
        soc.close()

    return play


def announced(length):
    return struct.pack(">Q", length)


def greets_and_resets(soc):
    soc.sendall(GREETING)
    reset(soc)


def resets_after_greeting(soc):
    soc.sendall(GREETING)
    soc.recv(1)
    reset(soc)


def resets_amid(length):
    def play(soc):
        # The main thread is in a send, so close() would not reset. The exit of the process closes the socket with a reset.
        def at_the_cue():
            soc.recv(1)
            if soc.family == socket.AF_INET:
                soc.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            tell("reset")
            os._exit(0)

        threading.Thread(target=at_the_cue).start()
        stream(soc, length)

    return play


def dribbles(soc):
    if soc.family == socket.AF_INET:
        soc.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in DRIBBLED:
        soc.sendall(bytes([byte]))
    soc.close()


def is_silent(soc):
    count(soc)
    tell("saw the end")
    soc.close()


def never_reads(_):
    threading.Event().wait()


def half_closes_and_waits(soc):
    soc.shutdown(socket.SHUT_WR)
    tell(f"received {count(soc)}")
    soc.close()


def answers_after_our_end(soc):
    soc.sendall(f"received {count(soc)}".encode())
    soc.close()


def floods(soc):
    stream(soc, FLOOD)
    soc.close()


def sends_and_destroys(soc):
    soc.sendall(GREETING)
    soc.close()


def is_killed(soc):
    soc.sendall(GREETING)
    soc.recv(1)
    die()


def is_killed_before_it_reads(soc):
    soc.sendall(GREETING)
    soc.recv(1, socket.MSG_PEEK)
    die()


def sends_after_our_end(soc):
    count(soc)
    try:
        stream(soc, float("inf"))
    except OSError:
        tell("gone")


def echoes(soc):
    while chunk := soc.recv(65536):
        soc.sendall(chunk)
    soc.close()


PEERS = {
    "resetsAtOnce": reset,
    "greetsAndResets": greets_and_resets,
    "resetsAfterGreeting": resets_after_greeting,
    "resetsMidStream": resets_amid(float("inf")),
    "resetsWhilePaused": resets_amid(BEFORE_RESET),
    "dribbles": dribbles,
    "isSilent": is_silent,
    "neverReads": never_reads,
    "halfClosesAndWaits": half_closes_and_waits,
    "answersAfterOurEnd": answers_after_our_end,
    "floods": floods,
    "sendsAndDestroys": sends_and_destroys,
    "isKilled": is_killed,
    "isKilledBeforeItReads": is_killed_before_it_reads,
    "sendsAfterOurEnd": sends_after_our_end,
    "announcesTooMuch": send_and_end(announced(1000) + PIECE[:10]),
    "announcesTheAbsurd": send_and_end(announced(2**40) + PIECE[:10]),
    "announcesTooLittle": send_and_end(announced(10) + PIECE[:20]),
    "sendsEscapes": send_and_end(ESCAPES),
    "sendsInvalidUtf8": send_and_end(b"fine \xff more"),
    "sendsCutUtf8": send_and_end("cut €".encode()[:-1]),
    "greets": send_and_end(GREETING),
    "echoes": echoes,
}


def listen(where, backlog):
    listening = socket.socket(socket.AF_INET if where == "tcp" else socket.AF_UNIX)
    listening.bind(("127.0.0.1", 0) if where == "tcp" else where)
    listening.listen(backlog)
    tell(f"listening {listening.getsockname()[1] if where == 'tcp' else ''}")
    return listening


def serve(play, where):
    listening = listen(where, 128)
    while True:
        soc, _ = listening.accept()
        threading.Thread(target=play, args=(soc,)).start()


def never_accepts(where):
    listening = listen(where, 0)
    threading.Event().wait()
    listening.close()


def visit(play, where):
    soc = socket.socket(socket.AF_INET if where.isdigit() else socket.AF_UNIX)
    soc.connect(("127.0.0.1", int(where)) if where.isdigit() else where)
    play(soc)


if __name__ == "__main__":
    name, role, where = sys.argv[1:]
    # Errors of a disconnected peer are expected: print no traceback.
    threading.excepthook = lambda _: None
    try:
        if name == "neverAccepts":
            never_accepts(where)
        else:
            (serve if role == "serve" else visit)(PEERS[name], where)
    except OSError:
        pass
