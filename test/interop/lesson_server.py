"""A server for the lesson: sends its last argument to each client, and closes."""

import sys

from meet import bound

listener = bound()
while True:
    client, _ = listener.accept()
    client.sendall(sys.argv[4].encode())
    client.close()
