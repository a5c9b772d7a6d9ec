"""Ends a connection in one of several ways, or reports how ours ends. The last argument is the way."""

import socket
import struct
import sys

from meet import meet, say, to_the_end


def reset(soc):
    """Sends bytes and resets. It first waits for two bytes, because the client must have seen the connection."""
    soc.recv(2)
    soc.sendall(b"precious")
    soc.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    soc.close()


def unread(soc):
    """Receives one byte and closes with the rest unread."""
    soc.recv(1)
    soc.close()


def watch(soc):
    """Receives everything, and reports the number of bytes and the end."""
    soc.sendall(b"ready")
    got = b""
    try:
        while piece := soc.recv(65536):
            got += piece
        say(bytes=len(got), end=repr(soc.recv(1)))
    except OSError as error:
        say(bytes=len(got), end=type(error).__name__)


def timeout(soc):
    """Makes a receive that times out, and then one that does not."""
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
