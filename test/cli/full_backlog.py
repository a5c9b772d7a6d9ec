"""Listens on a free port of 127.0.0.1, or on a path, and fills its own backlog. Prints the port, or 0 for a path.

It never accepts a connection, and runs until it is killed.
"""

import errno
import select
import socket
import sys

family = socket.AF_UNIX if len(sys.argv) > 1 else socket.AF_INET
listener = socket.socket(family)
listener.bind(sys.argv[1] if len(sys.argv) > 1 else ("127.0.0.1", 0))
listener.listen(0)

crowd = []
for _ in range(64):
    soc = socket.socket(family)
    soc.setblocking(False)
    crowd.append(soc)
    refused = soc.connect_ex(listener.getsockname()) == errno.EAGAIN
    if refused or not select.select([], [soc], [], 0.5)[1]:
        break
else:
    sys.exit("the backlog does not fill up")

print(0 if family == socket.AF_UNIX else listener.getsockname()[1], flush=True)
sys.stdin.read()
