"""The ways in which a connection ends, and what Python sees of ours: the last word says which."""

import socket
import struct
import sys

from meet import meet, say, to_the_end


def reset(soc):
    """Bytes, and a close that is a reset. It waits for a word first: who connects must have seen the connection."""
    soc.recv(2)
    soc.sendall(b"precious")
    soc.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    soc.close()


def unread(soc):
    """A close with a byte of ours unread."""
    soc.recv(1)
    soc.close()


def watch(soc):
    """Everything that comes, and how it ended."""
    soc.sendall(b"ready")
    got = b""
    try:
        while piece := soc.recv(65536):
            got += piece
        say(bytes=len(got), end=repr(soc.recv(1)))
    except OSError as error:
        say(bytes=len(got), end=type(error).__name__)


def timeout(soc):
    """A receive that times out, and one that does not."""
    soc.settimeout(0.05)
    try:
        soc.recv(1024)
    except socket.timeout as error:
        say(timed_out=str(error))
    soc.settimeout(None)
    late = soc.recv(1024)
    soc.sendall(b"still here")
    say(late=late.decode(), rest=to_the_end(soc).decode())


soc = meet()
{"reset": reset, "unread": unread, "watch": watch, "timeout": timeout}[sys.argv[4]](soc)
