// A peer of TLS in Go. With `-connect PORT` it is a client, else a server that prints its port. It prints the result as
// the last line, in JSON.
//
// It sends a line and receives a line. Then, with `-how`: `CloseWrite` ends its half and receives up to the end, `Close`
// closes, `cut` closes the connection below without close_notify, and `watch` receives up to the end and sends one more
// line.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

var (
	port    = flag.String("connect", "", "")
	version = flag.String("version", "1.3", "")
	how     = flag.String("how", "Close", "")
	ca      = flag.String("ca", "", "")
	cert    = flag.String("cert", "", "")
	key     = flag.String("key", "", "")
)

type result struct {
	Version uint16   `json:"version"`
	Names   []string `json:"names"`
	Line    string   `json:"line"`
	Rest    string   `json:"rest"`
	End     string   `json:"end"`
}

func check(err error) {
	if err != nil {
		say(map[string]string{"error": err.Error()})
		os.Exit(0)
	}
}

func say(value any) {
	text, _ := json.Marshal(value)
	fmt.Println(string(text))
}

func endOf(err error) string {
	switch {
	case err == nil:
		return "end"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "cut"
	case errors.Is(err, syscall.ECONNRESET):
		return "reset"
	}
	return err.Error()
}

func connected(config *tls.Config) *tls.Conn {
	if *port != "" {
		conn, err := tls.Dial("tcp", "127.0.0.1:"+*port, config)
		check(err)
		return conn
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	check(err)
	say(map[string]int{"port": listener.Addr().(*net.TCPAddr).Port})
	conn, err := listener.Accept()
	check(err)
	check(conn.(*tls.Conn).Handshake())
	return conn.(*tls.Conn)
}

func main() {
	flag.Parse()
	only := map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[*version]
	config := &tls.Config{MinVersion: only, MaxVersion: only, ServerName: "localhost"}
	pem, err := os.ReadFile(*ca)
	check(err)
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AppendCertsFromPEM(pem)
	config.ClientCAs = config.RootCAs
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		check(err)
		config.Certificates = []tls.Certificate{pair}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}

	conn := connected(config)
	state := conn.ConnectionState()
	found := result{Version: state.Version - tls.VersionTLS10, Names: state.PeerCertificates[0].DNSNames}
	reader := bufio.NewReader(conn)
	_, err = io.WriteString(conn, "from Go\n")
	check(err)
	found.Line, err = reader.ReadString('\n')
	check(err)

	receiveAll := func() {
		rest, err := io.ReadAll(reader)
		found.Rest, found.End = string(rest), endOf(err)
	}
	switch *how {
	case "CloseWrite":
		check(conn.CloseWrite())
		receiveAll()
	case "cut":
		check(conn.NetConn().Close())
	case "watch":
		_, err = io.WriteString(conn, "received\n")
		check(err)
		receiveAll()
		io.WriteString(conn, "still here\n")
	}
	conn.Close()
	say(found)
}
