// Package recording judges recorded traffic by pages: what clients and a server have said to
// each other anyway. Nothing is sent. What a recording does not show is said, and never guessed.
package recording

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"graphpact/internal/har"
	"graphpact/internal/readlimit"
)

// maxMessage is the limit of one HTTP message in a file of its own, in bytes.
const maxMessage = 16 << 20

// Load reads a HAR file, or a folder of exchanges: its *.har files, and pairs of files
// NAME.request and NAME.response that hold an HTTP/1.1 message each, in the order of their
// names. The exchanges come in the order in which they began, as far as that is recorded.
func Load(path string) ([]har.Exchange, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the recording: %w", err)
	}
	var all []har.Exchange
	if !info.IsDir() {
		all, err = readHAR(path)
	} else {
		all, err = readFolder(path)
	}
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no exchange; a folder holds *.har, or NAME.request beside NAME.response", path)
	}
	slices.SortStableFunc(all, func(a, b har.Exchange) int { return a.Started.Compare(b.Started) })
	return all, nil
}

func readHAR(path string) ([]har.Exchange, error) {
	data, err := readlimit.File(path, har.MaxFile)
	if err != nil {
		return nil, fmt.Errorf("reading the recording: %w", err)
	}
	return har.Read(path, data)
}

func readFolder(dir string) ([]har.Exchange, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the recording: %w", err)
	}
	var all []har.Exchange
	var errs []error
	for _, e := range entries { // in the order of their names
		path := filepath.Join(dir, e.Name())
		switch filepath.Ext(e.Name()) {
		case ".har":
			more, err := readHAR(path)
			all, errs = append(all, more...), append(errs, err)
		case ".request":
			x, err := readPair(path)
			errs = append(errs, err)
			if err == nil {
				all = append(all, *x)
			}
		case ".response":
			if _, err := os.Stat(strings.TrimSuffix(path, ".response") + ".request"); err != nil {
				errs = append(errs, fmt.Errorf("%s has no request beside it: %w", path, err))
			}
		}
	}
	return all, errors.Join(errs...)
}

// readPair reads the messages of one exchange (RFC 9112).
func readPair(requestFile string) (*har.Exchange, error) {
	responseFile := strings.TrimSuffix(requestFile, ".request") + ".response"
	data, err := readlimit.File(requestFile, maxMessage)
	if err != nil {
		return nil, fmt.Errorf("reading the recording: %w", err)
	}
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(data)))
	if err != nil {
		return nil, fmt.Errorf("%s is no HTTP request: %w", requestFile, err)
	}
	x := &har.Exchange{Place: requestFile, Method: req.Method, URL: req.URL.String(), RequestHeader: req.Header}
	if !req.URL.IsAbs() {
		x.URL = "https://" + req.Host + req.URL.String()
	}
	if x.RequestBody, err = body(data, req.Header, req.Body); err != nil {
		return nil, fmt.Errorf("%s: the body: %w", requestFile, err)
	}
	if data, err = readlimit.File(responseFile, maxMessage); err != nil {
		return nil, fmt.Errorf("reading the recording: %w", err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(data)), req)
	if err != nil {
		return nil, fmt.Errorf("%s is no HTTP response: %w", responseFile, err)
	}
	defer func() { _ = resp.Body.Close() }() // it is read from memory
	x.Status, x.ResponseHeader = resp.StatusCode, resp.Header
	if x.ResponseBody, err = body(data, resp.Header, resp.Body); err != nil {
		return nil, fmt.Errorf("%s: the body: %w", responseFile, err)
	}
	if resp.Header.Get("Content-Encoding") != "" {
		x.Incomplete = "the body of the answer is compressed"
	}
	return x, nil
}

// body reads the body of a message. People write such files by hand: without a length, what
// stands behind the empty line is the body, but for a line end at its end.
func body(message []byte, h http.Header, of io.Reader) ([]byte, error) {
	if h.Get("Content-Length") != "" || h.Get("Transfer-Encoding") != "" {
		return io.ReadAll(of)
	}
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if _, rest, found := bytes.Cut(message, []byte(end)); found {
			return bytes.TrimRight(rest, "\r\n"), nil
		}
	}
	return nil, nil
}
