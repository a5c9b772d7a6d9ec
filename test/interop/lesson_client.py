"""The client of the lesson: HOST PORT. Default HOST: the name of this machine. Default PORT: 808."""

import socket
import sys

soc = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
host = sys.argv[1] if len(sys.argv) > 1 else socket.gethostname()
port = int(sys.argv[2]) if len(sys.argv) > 2 else 808

soc.connect((host, port))
msg = soc.recv(1024)
soc.close()

print(msg.decode("ascii"))
