package brokertest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// fault answers in place of the broker; false means that the broker answers.
type fault func(s *Server, w http.ResponseWriter, r *http.Request) bool

// SetFault makes the broker behave as the fault says; "" ends it.
func (s *Server) SetFault(name string) error {
	fault, known := faults[name]
	if !known {
		return fmt.Errorf("no fault %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(faults)), ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
	s.faulted.Store(0)
	return nil
}

var faults = map[string]fault{
	"": nil,
	// A sign-in page or a proxy in place of the broker.
	"html": always(func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!DOCTYPE html><html>sign in</html>"))
	}),
	"broken-hal": always(func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/hal+json")
		_, _ = w.Write([]byte(`{"_links": {"pb:publish-contracts": {"href": `))
	}),
	// Any JSON service.
	"no-links": always(func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		write(w, ok(object{}))
	}),
	"bad-template": always(func(s *Server, w http.ResponseWriter, _ *http.Request) {
		write(w, ok(object{"_links": object{"pb:publish-contracts": object{"href": s.URL + "/{region}/publish"}}}))
	}),
	"too-long": always(func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"padding":"` + strings.Repeat("x", 4<<20) + `"}`))
	}),
	"500": always(func(_ *Server, w http.ResponseWriter, r *http.Request) {
		write(w, reply{status: http.StatusInternalServerError, body: object{"error": object{"message": "an application error has occurred, you sent " + r.Header.Get("Authorization")}}})
	}),
	// Two faults, then all is well.
	"flaky": func(s *Server, w http.ResponseWriter, _ *http.Request) bool {
		if s.faulted.Add(1) > 2 {
			return false
		}
		w.WriteHeader(http.StatusBadGateway)
		return true
	},
	"forbidden": always(func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		write(w, reply{status: http.StatusForbidden, body: object{"error": "not yours"}})
	}),
	"slow": func(_ *Server, _ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
		return false
	},
	// Another origin: the host name differs.
	"redirect-away": always(func(s *Server, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)+"/elsewhere", http.StatusFound)
	}),
	"links-away": always(func(s *Server, w http.ResponseWriter, _ *http.Request) {
		away := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
		write(w, ok(object{"_links": object{"pb:publish-contracts": object{"href": away + "/elsewhere"}}}))
	}),
	// The same origin: moved for good.
	"redirect": func(_ *Server, w http.ResponseWriter, r *http.Request) bool {
		if r.URL.RawQuery == "moved" {
			return false
		}
		http.Redirect(w, r, r.URL.Path+"?moved", http.StatusPermanentRedirect)
		return true
	},
	// A redirect that would turn a POST into a GET.
	"redirect-post": func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		http.Redirect(w, r, s.URL+"/", http.StatusFound)
		return true
	},
	// A proxy that answers a POST by itself.
	"says-nothing": func(_ *Server, w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		write(w, ok(object{}))
		return true
	},
	// The broker dies between the index and the next request, or in its answer.
	"dies": func(_ *Server, _ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/" {
			return false
		}
		panic(http.ErrAbortHandler)
	},
	"cuts": always(func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"_links":`))
		panic(http.ErrAbortHandler)
	}),
}

func always(answer func(*Server, http.ResponseWriter, *http.Request)) fault {
	return func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		answer(s, w, r)
		return true
	}
}
