"""A server for the lesson: sends every client the text of its last word, and closes."""

import sys

from meet import bound

listener = bound()
while True:
    client, _ = listener.accept()
    client.sendall(sys.argv[4].encode())
    client.close()
