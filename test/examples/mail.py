"""A mail server for the tests: `CERT KEY`. Prints its port, then each mail that it accepts, as lines of JSON.

It offers STARTTLS, and accepts mails only over TLS.
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP


def say(**found):
    print(json.dumps(found), flush=True)


class Handler:
    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode()
        version = session.ssl and server.transport.get_extra_info("ssl_object").version()
        say(sender=envelope.mail_from, to=envelope.rcpt_tos, text=text, version=version)
        return "250 accepted"


async def main(cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    def session():
        return SMTP(Handler(), tls_context=context, require_starttls=True, hostname="mail.test", loop=loop)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0)
    say(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
