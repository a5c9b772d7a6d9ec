import * as TestServer from "effect-sockets/TestServer"

export const mailServer = TestServer.layerScript([
  TestServer.send("220 mail.example.org ESMTP\r\n"),
  TestServer.expectLine(/^EHLO \S+$/),
  TestServer.send("250 mail.example.org\r\n"),
  TestServer.expect("QUIT\r\n"),
  TestServer.send("221 Bye\r\n"),
  TestServer.close
])
