package transport

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNameOfThisMachine: a name that promises to be this machine's is held to it.
func TestNameOfThisMachine(t *testing.T) {
	t.Parallel()
	elsewhere := &net.Resolver{PreferGo: true, Dial: answerWith(t, [4]byte{192, 0, 2, 7})}
	connect := dial(net.Dialer{Timeout: 5 * time.Second, Resolver: elsewhere})
	_, err := connect(t.Context(), "tcp4", "api.localhost:9")
	if err == nil || !strings.Contains(err.Error(), "should lead to this machine, and leads to 192.0.2.7") {
		t.Errorf("%v", err)
	}
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	at := srv.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(at)
	here := dial(net.Dialer{Timeout: 5 * time.Second, Resolver: &net.Resolver{PreferGo: true, Dial: answerWith(t, [4]byte{127, 0, 0, 1})}})
	for _, address := range []string{at, "api.localhost:" + port, "API.localhost.:" + port} {
		conn, err := here(t.Context(), "tcp4", address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		_ = conn.Close()
	}
}

// answerWith is the way to a DNS server that gives the address for each name (RFC 1035).
func answerWith(t *testing.T, ip [4]byte) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe() // no packets, so that messages have their length before them
		t.Cleanup(func() { _ = server.Close() })
		go func() {
			var size [2]byte
			if _, err := io.ReadFull(server, size[:]); err != nil {
				return
			}
			query := make([]byte, binary.BigEndian.Uint16(size[:]))
			if _, err := io.ReadFull(server, query); err != nil {
				return
			}
			end := 12 + bytes.IndexByte(query[12:], 0) + 5 // the name, its type and class
			answer := append(slices.Clone(query[:2]), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0)
			answer = append(answer, query[12:end]...)
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
			answer = append(answer, ip[:]...)
			_, _ = server.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
		}()
		return client, nil
	}
}

func TestNormalBase(t *testing.T) {
	t.Parallel()
	const want = "https://graph.example/beta"
	for _, same := range []string{
		want, want + "/", want + "//", "HTTPS://graph.example/beta", "https://GRAPH.Example/beta", "https://graph.example:443/beta", "https://graph.example:/beta",
	} {
		if got, err := NormalBase(same); got != want || err != nil || !SameBase(same, want) {
			t.Errorf("%s is %s, %v", same, got, err)
		}
	}
	for _, other := range []string{
		"http://graph.example/beta", "https://graph.example/v1.0", "https://graph.example/Beta", "https://graph.example:8443/beta",
		"https://graph.example:80/beta", "https://graph.example", "https://graph.example.org/beta",
	} {
		if got, err := NormalBase(other); got == want || err != nil || SameBase(other, want) {
			t.Errorf("%s is %s, %v", other, got, err)
		}
	}
	for base, want := range map[string]string{"http://[::1]:80/x/": "http://[::1]/x", "http://[::1]:8080": "http://[::1]:8080"} {
		if got, err := NormalBase(base); got != want || err != nil {
			t.Errorf("%s, %v", got, err)
		}
	}
}
