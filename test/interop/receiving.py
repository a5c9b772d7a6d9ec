"""Receives our bytes with Python's recv, reports the results, and sends the same bytes back."""

import hashlib
import socket

from meet import meet, say

soc = meet()


def queued(size):
    """Waits until `size` bytes can be received, and consumes none."""
    while len(seen := soc.recv(size, socket.MSG_PEEK)) < size:
        assert seen, "it has ended"


def refusal(bufsize):
    try:
        soc.recv(bufsize)
    except ValueError as error:
        return type(error).__name__


queued(5000)
peeked = soc.recv(2, socket.MSG_PEEK)
pieces = [soc.recv(1024), soc.recv(1024), soc.recv(1 << 24)]
negative = refusal(-1)
soc.sendall(b"".join(pieces))
ends = [soc.recv(1), soc.recv(1 << 24)]
say(
    peeked=peeked.hex(),
    sizes=[len(piece) for piece in pieces],
    hashes=[hashlib.sha256(piece).hexdigest() for piece in pieces],
    negative=negative,
    ends=[end.hex() for end in ends],
)
