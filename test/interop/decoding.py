"""Sends each client the bytes of the next case, and reports how Python decodes them. The cases are JSON: [encoding, hex]."""

import json
import sys

from meet import bound, say


def answer(encoding, data):
    try:
        return {"text": data.decode(encoding)}
    except UnicodeDecodeError as error:
        return {"error": str(error)}


answers = []
with bound() as listener:
    for encoding, digits in json.loads(sys.argv[4]):
        data = bytes.fromhex(digits)
        with listener.accept()[0] as client:
            client.sendall(data)
        answers.append(answer(encoding, data))
say(answers=answers)
