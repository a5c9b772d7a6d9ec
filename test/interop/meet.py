"""How each program here comes to its connection: `connect HOST PORT`, `listen HOST PORT`, or a path and 0.

A listener says its port in its first line, and accepts one connection. The last line is what the program found.
"""

import json
import socket
import sys


def where():
    """The family and the address of the words."""
    host, port = sys.argv[2], int(sys.argv[3])
    if host.startswith("/"):
        return socket.AF_UNIX, host
    return (socket.AF_INET6 if ":" in host else socket.AF_INET), (host, port)


def say(**found):
    print(json.dumps(found), flush=True)


def bound():
    """Listens, and says where."""
    family, address = where()
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen()
    say(port=0 if family == socket.AF_UNIX else listener.getsockname()[1])
    return listener


def meet():
    """The connection."""
    if sys.argv[1] == "listen":
        with bound() as listener:
            return listener.accept()[0]
    family, address = where()
    soc = socket.socket(family)
    soc.connect(address)
    return soc


def to_the_end(soc):
    """All that comes, up to the end."""
    pieces = []
    while piece := soc.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)
