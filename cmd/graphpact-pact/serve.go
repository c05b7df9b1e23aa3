//go:build cgo

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"graphpact/internal/pact/wire"
)

// operation carries out a request; id is the request's.
type operation func(id uint64, args json.RawMessage) (any, error)

// typed makes an operation of a function on typed arguments and result.
func typed[A, R any](f func(id uint64, args A) (R, error)) operation {
	return func(id uint64, raw json.RawMessage) (any, error) {
		var args A
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, fmt.Errorf("reading the arguments: %w", err)
		}
		return f(id, args)
	}
}

// serve says hello and answers requests until the input ends or a request asks to
// close. Requests run side by side: one may wait for another.
func serve(in io.Reader, out io.Writer, hello wire.Hello, ops map[string]operation) error {
	replies := &replies{enc: json.NewEncoder(out)}
	if err := replies.send(0, hello, nil); err != nil {
		return err
	}
	dec := json.NewDecoder(in)
	for {
		var req wire.Request
		switch err := dec.Decode(&req); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading a request: %w", err)
		}
		if req.Op == wire.OpClose {
			return replies.send(req.ID, struct{}{}, nil)
		}
		go func() {
			result, err := call(ops, req)
			// A reply that cannot be sent has no reader; the end of the input follows.
			_ = replies.send(req.ID, result, err)
		}()
	}
}

// call runs the operation of a request. pact-go panics where others return an error.
func call(ops map[string]operation, req wire.Request) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("pact-go panicked: %v", p)
		}
	}()
	op, known := ops[req.Op]
	if !known {
		return nil, fmt.Errorf("unknown operation %q; graphpact and graphpact-pact are of different versions: run make build", req.Op)
	}
	return op(req.ID, req.Args)
}

// replies writes one reply at a time.
type replies struct {
	mu  sync.Mutex
	enc *json.Encoder
}

func (r *replies) send(id uint64, result any, err error) error {
	reply := wire.Reply{ID: id}
	if err != nil {
		reply.Error = err.Error()
	} else if reply.Result, err = json.Marshal(result); err != nil {
		return fmt.Errorf("encoding a reply: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.enc.Encode(reply)
}
