"""One side ends its half; then the other side answers.

`ours`: the TypeScript side ends first, and Python answers. `python`: Python ends first, and receives an answer.
"""

import socket
import sys

from meet import meet, say, to_the_end

soc = meet()
if sys.argv[4] == "ours":
    question = to_the_end(soc)
    again = soc.recv(1)
    soc.sendall(b"answer to " + question)
    soc.close()
    say(got=question.decode(), again=again.decode())
else:
    soc.sendall(b"question of python")
    soc.shutdown(socket.SHUT_WR)
    answer = to_the_end(soc)
    soc.close()
    say(got=answer.decode())
