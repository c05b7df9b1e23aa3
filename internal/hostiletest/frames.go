package hostiletest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Frames is a way to answer a request with HTTP/2 frames that no server of net/http sends.
type Frames struct {
	// Name and What are as those of a Behaviour.
	Name, What string
	// Stalls is set where only a time limit ends the request.
	Stalls bool
	// Holds is set where the connection stays open and is of no more use.
	Holds bool
	// Resent is set where the client may send the request once more, on another connection.
	Resent bool
	// talk answers the request of the stream.
	talk func(c *frameConn, stream uint32) error
}

// Serve starts a server of TLS and HTTP/2 that answers with the frames the requests that
// pick chooses, and lets the handler answer all others. It is to be closed by the caller.
func (f Frames) Serve(pick func(*http.Request) bool, honest http.Handler) *httptest.Server {
	srv := httptest.NewUnstartedServer(honest)
	srv.EnableHTTP2 = true
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{certificate()}}
	srv.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		http2.NextProtoTLS: func(_ *http.Server, c *tls.Conn, _ http.Handler) {
			defer func() { _ = c.Close() }()
			conn := &frameConn{Framer: http2.NewFramer(c, c), raw: c}
			conn.enc = hpack.NewEncoder(&conn.block)
			_ = conn.serve(f.talk, pick, honest) // the client has gone, or was driven away
		},
	}
	srv.StartTLS()
	return srv
}

// certificate is one of an elliptic curve for this machine, made once: signing with the RSA
// key of httptest costs more than all else that is done for a connection.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// frameConn is the server's side of one connection.
type frameConn struct {
	*http2.Framer
	raw   *tls.Conn
	block bytes.Buffer
	enc   *hpack.Encoder
}

// serve reads frames until the client hangs up. Requests are answered one after the other.
func (c *frameConn) serve(talk func(*frameConn, uint32) error, pick func(*http.Request) bool, honest http.Handler) error {
	if _, err := io.ReadFull(c.raw, make([]byte, len(http2.ClientPreface))); err != nil {
		return err
	}
	c.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if err := c.WriteSettings(); err != nil {
		return err
	}
	open := map[uint32]*http.Request{}
	bodies := map[uint32]*bytes.Buffer{}
	for {
		frame, err := c.ReadFrame()
		if err != nil {
			return err
		}
		ended := false
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = c.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				err = c.WritePing(true, frame.Data)
			}
		case *http2.MetaHeadersFrame:
			r := request(frame)
			if pick(r) {
				err = talk(c, frame.StreamID)
				break
			}
			open[frame.StreamID], bodies[frame.StreamID] = r, &bytes.Buffer{}
			ended = frame.StreamEnded()
		case *http2.DataFrame:
			if b := bodies[frame.StreamID]; b != nil {
				b.Write(frame.Data())
			}
			ended = frame.StreamEnded()
		case *http2.RSTStreamFrame:
			delete(open, frame.StreamID)
		}
		id := frame.Header().StreamID
		if r := open[id]; err == nil && ended && r != nil {
			r.Body = io.NopCloser(bodies[id])
			delete(open, id)
			err = c.answer(id, r, honest)
		}
		if err != nil {
			return err
		}
	}
}

// request makes a request without its body of a header block.
func request(frame *http2.MetaHeadersFrame) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), frame.PseudoValue("method"), frame.PseudoValue("path"), http.NoBody)
	r.Host, r.Proto, r.ProtoMajor, r.ProtoMinor = frame.PseudoValue("authority"), "HTTP/2.0", 2, 0
	for _, h := range frame.RegularFields() {
		r.Header.Add(h.Name, h.Value)
	}
	return r
}

// answer sends what the handler says.
func (c *frameConn) answer(id uint32, r *http.Request, honest http.Handler) error {
	rec := httptest.NewRecorder()
	honest.ServeHTTP(rec, r)
	fields := []string{":status", fmt.Sprint(rec.Code)}
	for name, values := range rec.Header() {
		for _, v := range values {
			fields = append(fields, strings.ToLower(name), v)
		}
	}
	if err := c.headers(id, rec.Body.Len() == 0, fields...); err != nil || rec.Body.Len() == 0 {
		return err
	}
	for {
		piece := rec.Body.Next(16 << 10)
		if err := c.WriteData(id, rec.Body.Len() == 0, piece); err != nil || rec.Body.Len() == 0 {
			return err
		}
	}
}

// fields encodes names and values in turn.
func (c *frameConn) fields(nameValue ...string) []byte {
	c.block.Reset()
	for i := 0; i < len(nameValue); i += 2 {
		_ = c.enc.WriteField(hpack.HeaderField{Name: nameValue[i], Value: nameValue[i+1]}) // a bytes.Buffer takes all
	}
	return bytes.Clone(c.block.Bytes())
}

func (c *frameConn) headers(id uint32, end bool, nameValue ...string) error {
	return c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: c.fields(nameValue...), EndHeaders: true, EndStream: end})
}

// burst is how many frames come as fast as the client takes them: what it keeps of each, or
// does for each, shows by then. Those behind it come a thousand a second, so that a test does
// not keep the machine busy until a time limit ends.
const burst = 20_000

// endless does it until the client has gone.
func endless(do func() error) error {
	for i := 0; ; i++ {
		if i >= burst {
			time.Sleep(time.Millisecond)
		}
		if err := do(); err != nil {
			return err
		}
	}
}

const maxWindow = 1<<31 - 1

// AllFrames gives each behaviour, in an order that stays. Where a client has gone, the last frame
// that is written says so.
func AllFrames() []Frames {
	okay := []string{":status", "200", "content-type", "application/json"}
	return []Frames{
		{Name: "h2-window-overflow", What: "HTTP/2: two WINDOW_UPDATE of 2147483647 for the stream", talk: func(c *frameConn, id uint32) error {
			_ = c.WriteWindowUpdate(id, maxWindow)
			return c.WriteWindowUpdate(id, maxWindow)
		}},
		{Name: "h2-window-overflow-connection", What: "HTTP/2: two WINDOW_UPDATE of 2147483647 for the connection", talk: func(c *frameConn, _ uint32) error {
			_ = c.WriteWindowUpdate(0, maxWindow)
			return c.WriteWindowUpdate(0, maxWindow)
		}},
		{Name: "h2-window-overflow-settings", What: "HTTP/2: a full window of the stream, and then a larger SETTINGS_INITIAL_WINDOW_SIZE", Stalls: true, talk: func(c *frameConn, id uint32) error {
			_ = c.WriteWindowUpdate(id, maxWindow-1<<16)
			return c.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: maxWindow})
		}},
		{Name: "h2-window-zero", What: "HTTP/2: a WINDOW_UPDATE of 0 for the stream", talk: func(c *frameConn, id uint32) error {
			return c.WriteRawFrame(http2.FrameWindowUpdate, 0, id, make([]byte, 4))
		}},
		{Name: "h2-window-ignored", What: "HTTP/2: a body without an end that does not wait for its window", Holds: true, talk: func(c *frameConn, id uint32) error {
			_ = c.headers(id, false, okay...)
			return endless(func() error { return c.WriteData(id, false, make([]byte, 16<<10)) })
		}},
		{Name: "h2-continuation-flood", What: "HTTP/2: a header block of CONTINUATION frames without an end", talk: func(c *frameConn, id uint32) error {
			_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: c.fields(okay...)})
			return endless(func() error { return c.WriteContinuation(id, false, c.fields("x-a", strings.Repeat("h", 1000))) })
		}},
		{Name: "h2-continuation-empty", What: "HTTP/2: empty CONTINUATION frames without an end", Stalls: true, talk: func(c *frameConn, id uint32) error {
			_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: c.fields(okay...)})
			return endless(func() error { return c.WriteContinuation(id, false, nil) })
		}},
		{Name: "h2-reset-flood", What: "HTTP/2: RST_STREAM for the stream, without an end", Holds: true, talk: func(c *frameConn, id uint32) error {
			return endless(func() error { return c.WriteRSTStream(id, http2.ErrCodeInternal) })
		}},
		{Name: "h2-ping-flood", What: "HTTP/2: PING without an end, and no answer is read", Stalls: true, talk: func(c *frameConn, _ uint32) error {
			return endless(func() error { return c.WritePing(false, [8]byte{}) })
		}},
		{Name: "h2-settings-flood", What: "HTTP/2: SETTINGS without an end, and no answer is read", Stalls: true, talk: func(c *frameConn, _ uint32) error {
			return endless(func() error { return c.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 100}) })
		}},
		{Name: "h2-data-empty", What: "HTTP/2: empty DATA frames without an end", Stalls: true, talk: func(c *frameConn, id uint32) error {
			_ = c.headers(id, false, okay...)
			return endless(func() error { return c.WriteData(id, false, nil) })
		}},
		{Name: "h2-interim-endless", What: "HTTP/2: 103 Early Hints without an end", Holds: true, talk: func(c *frameConn, id uint32) error {
			return endless(func() error { return c.headers(id, false, ":status", "103", "link", "</a>") })
		}},
		{Name: "h2-trailer-flood", What: "HTTP/2: 1 MB of trailers behind the body", talk: func(c *frameConn, id uint32) error {
			_ = c.headers(id, false, okay...)
			_ = c.WriteData(id, false, []byte("{}"))
			_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: c.fields("x-t", "0"), EndStream: true})
			for range 1000 {
				_ = c.WriteContinuation(id, false, c.fields("x-t", strings.Repeat("t", 1000)))
			}
			return c.WriteContinuation(id, true, nil)
		}},
		{Name: "h2-header-table", What: "HTTP/2: a header of 4 KB, named 100,000 times by its index", talk: func(c *frameConn, id uint32) error {
			// A literal with incremental indexing (RFC 7541 6.2.1), then its index, 62 (6.1).
			block := append(c.fields(okay...), 0x40, 1, 'x', 0x7f, 0xa1, 0x1e)
			block = append(block, bytes.Repeat([]byte("h"), 4000)...)
			_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block})
			for range 10 {
				_ = c.WriteContinuation(id, false, bytes.Repeat([]byte{0x80 | 62}, 10_000))
			}
			return c.WriteContinuation(id, true, nil)
		}},
		{Name: "h2-goaway", What: "HTTP/2: GOAWAY in place of an answer, on each connection", Resent: true, talk: func(c *frameConn, _ uint32) error {
			_ = c.WriteGoAway(0, http2.ErrCodeNo, nil)
			return io.EOF
		}},
		{Name: "h2-push", What: "HTTP/2: a pushed answer that nobody asked for", talk: func(c *frameConn, id uint32) error {
			return c.WritePushPromise(http2.PushPromiseParam{StreamID: id, PromiseID: 2, BlockFragment: c.fields(":method", "GET", ":path", "/"), EndHeaders: true})
		}},
		{Name: "h2-frame-too-long", What: "HTTP/2: a frame of 16 MB, declared", talk: func(c *frameConn, id uint32) error {
			_, err := c.raw.Write([]byte{0xff, 0xff, 0xff, byte(http2.FrameData), 0, 0, 0, 0, byte(id)})
			return err
		}},
		{Name: "h2-silent", What: "HTTP/2: no answer at all", Stalls: true, talk: func(*frameConn, uint32) error { return nil }},
	}
}
