"""How each program here gets its connection: `connect HOST PORT` or `listen HOST PORT`; for a Unix socket, PATH 0.

A listener prints its port in its first line, and accepts one connection. The last line is the result of the program.
"""

import json
import socket
import sys


def where():
    """Returns the family and the address of the arguments."""
    host, port = sys.argv[2], int(sys.argv[3])
    if host.startswith("/"):
        return socket.AF_UNIX, host
    return (socket.AF_INET6 if ":" in host else socket.AF_INET), (host, port)


def say(**found):
    print(json.dumps(found), flush=True)


def bound():
    """Listens, and prints the port."""
    family, address = where()
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen()
    say(port=0 if family == socket.AF_UNIX else listener.getsockname()[1])
    return listener


def meet():
    """Returns the connection."""
    if sys.argv[1] == "listen":
        with bound() as listener:
            return listener.accept()[0]
    family, address = where()
    soc = socket.socket(family)
    soc.connect(address)
    return soc


def to_the_end(soc):
    """Receives everything up to the end."""
    pieces = []
    while piece := soc.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)
