"""A peer of TLS in Python: `connect PORT CA HOW` or `listen CERT KEY HOW`. The last line of stdout is the result.

Sends a line and receives a line, then leaves: HOW is `unwrap` (close_notify), `shutdown` or `close` (no close_notify).
"""

import json
import socket
import ssl
import sys


def say(**found):
    print(json.dumps(found), flush=True)


def connected(port, ca):
    context = ssl.create_default_context(cafile=ca)
    return context.wrap_socket(
        socket.create_connection(("127.0.0.1", int(port))),
        server_hostname="localhost",
        suppress_ragged_eofs=False,
    )


def accepted(cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        say(port=listener.getsockname()[1])
        return context.wrap_socket(listener.accept()[0], server_side=True, suppress_ragged_eofs=False)


def line_from(soc):
    line = b""
    while not line.endswith(b"\n"):
        line += soc.recv(100)
    return line.decode()


def end_of(soc):
    """Receives up to the end, and returns how it ended."""
    try:
        while soc.recv(65536):
            pass
        return "end"
    except (OSError, ssl.SSLError) as error:
        return type(error).__name__


role, one, two, how = sys.argv[1:]
soc = connected(one, two) if role == "connect" else accepted(one, two)
soc.sendall(b"from Python\n")
line = line_from(soc)
if how == "unwrap":
    soc.unwrap().close()
    end = None
elif how == "shutdown":
    socket.socket.shutdown(soc, socket.SHUT_WR)
    end = None
elif how == "close":
    soc.close()
    end = None
else:
    soc.sendall(b"received\n")
    end = end_of(soc)
say(line=line, end=end)
