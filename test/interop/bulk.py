"""Sends BYTES random bytes of SEED in odd sizes, and receives at the same time. Reports the checksums of both."""

import hashlib
import random
import socket
import sys
import threading

from meet import meet, say

size, seed = int(sys.argv[4]), int(sys.argv[5])
soc = meet()
sent, received = hashlib.sha256(), hashlib.sha256()
count = 0


def send():
    dice = random.Random(seed)
    data = dice.randbytes(size)
    at = 0
    while at < size:
        piece = data[at : at + dice.randrange(1, 100_000)]
        soc.sendall(piece)
        sent.update(piece)
        at += len(piece)
    soc.shutdown(socket.SHUT_WR)


sender = threading.Thread(target=send)
sender.start()
dice = random.Random(seed + 1)
while piece := soc.recv(dice.randrange(1, 100_000)):
    received.update(piece)
    count += len(piece)
sender.join()
soc.close()
say(sent=sent.hexdigest(), received=received.hexdigest(), bytes=count)
