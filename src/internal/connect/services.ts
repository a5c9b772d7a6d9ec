/**
 * The names of ports: a parser for the services database (`services(5)`), and a built-in list of well-known ports.
 *
 * @internal
 */
import type { PortName } from "./driver.ts"

/** Parses lines such as `http 80/tcp www # WorldWideWeb HTTP`. Ignores invalid lines. */
export const parse = (text: string): ReadonlyArray<PortName> =>
  text.split("\n").flatMap(line => {
    const [name, at = "", ...aliases] = line
      .replace(/#.*/, "")
      .split(/\s+/)
      .filter(word => word !== "")
    const [, port, protocol] = /^(\d{1,5})\/(\w+)$/.exec(at) ?? []
    return name === undefined || protocol === undefined || Number(port) > 65535
      ? []
      : [{ name, port: Number(port), protocol, aliases }]
  })

/** Well-known ports of the IANA registry, for systems without a services database. */
export const wellKnown: ReadonlyArray<PortName> = parse(`
echo 7/tcp
echo 7/udp
discard 9/tcp
discard 9/udp
daytime 13/tcp
chargen 19/tcp
ftp-data 20/tcp
ftp 21/tcp
ssh 22/tcp
telnet 23/tcp
smtp 25/tcp mail
time 37/tcp
domain 53/tcp
domain 53/udp
tftp 69/udp
gopher 70/tcp
finger 79/tcp
http 80/tcp www
kerberos 88/tcp
pop3 110/tcp
sunrpc 111/tcp portmapper
nntp 119/tcp
ntp 123/udp
imap2 143/tcp imap
snmp 161/udp
bgp 179/tcp
irc 194/tcp
ldap 389/tcp
https 443/tcp
https 443/udp
submissions 465/tcp smtps
syslog 514/udp
submission 587/tcp
ldaps 636/tcp
domain-s 853/tcp
rsync 873/tcp
imaps 993/tcp
pop3s 995/tcp
socks 1080/tcp
mqtt 1883/tcp
mysql 3306/tcp
postgresql 5432/tcp postgres
amqp 5672/tcp
redis 6379/tcp
http-alt 8080/tcp
`)
