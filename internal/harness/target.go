package harness

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/credential"
	"graphpact/internal/har"
	"graphpact/internal/pageset"
	"graphpact/internal/suggest"
	"graphpact/internal/tracing"
)

// Target says what is under test, and how to reach it.
type Target struct {
	// URL is the base URL with the version segment; empty means the embedded mock.
	URL string
	// Params are the path parameters of the entity under test.
	Params map[string]string
	// Client is how to send. Its BaseURL, Token, Credential, Transport and OnSend are set by
	// the harness.
	Client client.Config
	// Credential is the method by which a token is got, and Token the token where the
	// method is none of a service.
	Credential credential.Settings
	Token      string
	// RequestIDHeader is the header in which an answer carries its request id.
	RequestIDHeader string
	// StateURL is the provider's own state endpoint, and Consumer who it is asked for;
	// empty where there is none.
	StateURL, Consumer string
	// NoGet is set where the target has no GET of the entity.
	NoGet bool
	// recorder gathers the exchanges of the run, nil where no recording was asked for.
	recorder *har.Recorder
	// tracer makes spans of the requests, nil where nobody asked for them.
	tracer *tracing.Tracer
	// pathsLeftOut are the paths of pages that the run leaves out: their parameters may be named.
	pathsLeftOut []string
	// KeepChanges leaves the entity as the run leaves it.
	KeepChanges bool
	// mockBase is the base path of a mock of the pages, see Pages.BasePath, and all are the
	// operations of all pages, those that a run leaves out too.
	mockBase string
	all      []*contract.Operation
}

// GraphRequestID is Graph's own name for the header with the request id.
const GraphRequestID = "request-id"

// requestIDHeader is the header with the request id; the embedded mock keeps to Graph's.
func (t *Target) requestIDHeader() string {
	if t.URL == "" || t.RequestIDHeader == "" {
		return GraphRequestID
	}
	return t.RequestIDHeader
}

// serves prepares the target for the pages. Where these are of several versions of the API,
// the path of each operation begins with its version, and the base URL must not name one.
func (t *Target) serves(p *Pages) error {
	t.mockBase, t.all = p.BasePath, p.Contracts()
	base := strings.TrimRight(t.URL, "/")
	named := base[strings.LastIndex(base, "/")+1:]
	if p.Mixed() && slices.Contains(pageset.Versions(), named) {
		return fmt.Errorf("the pages are of %s, and the base URL names %s alone; leave the version out, as %s: each page then adds its own",
			strings.Join(p.Versions, " and "), named, strings.TrimSuffix(base, "/"+named))
	}
	return nil
}

// restores reports whether graphpact itself restores the first state at the end.
func (t *Target) restores() bool {
	return !t.Client.ReadOnly && t.StateURL == "" && !t.KeepChanges
}

// WithoutToken says why there is no token.
func (t *Target) WithoutToken() string {
	if t.Credential.Method == credential.MethodNone {
		return "--auth " + credential.MethodNone
	}
	return t.Client.TokenEnv + " is not set"
}

// finalState says what state the run leaves, where graphpact does not restore the first.
func (t *Target) finalState() string {
	switch {
	case t.KeepChanges:
		return "left as the run has left it (--keep-changes)"
	case t.StateURL != "":
		return "set up and taken down by the state endpoint (--state-url)"
	}
	return ""
}

// ParamError says that path parameters are missing, or that no page has them.
type ParamError struct {
	// Names are the parameters, sorted where they are unknown.
	Names   []string
	Unknown bool
	// Where is the request line of the page, as "page.md:12, /lamps/{lampId}", or the paths
	// of all pages.
	Where string
	// Near is the parameter that an unknown one is likely to mean, "" for none.
	Near string
}

func (e *ParamError) Error() string {
	if e.Unknown {
		text := fmt.Sprintf("--param %s: no such path parameter in %s", strings.Join(e.Names, ", "), e.Where)
		if e.Near != "" {
			text += "; did you mean " + e.Near + "?"
		}
		return text
	}
	return fmt.Sprintf("the entity under test is not named: add --param %s=… (%s)", strings.Join(e.Names, "=… --param "), e.Where)
}

// entityParams gives each operation its own path parameters. One that no page has is an
// error, and a missing one where all are needed.
func (t *Target) entityParams(ops []*contract.Operation, all bool) ([]map[string]string, error) {
	var (
		out       []map[string]string
		errs      []error
		templates []string
	)
	unused := maps.Clone(t.Params)
	for _, op := range ops {
		templates = append(templates, op.Path.Template)
		own := map[string]string{}
		var missing []string
		for _, p := range op.Path.Params {
			if v, key, ok := t.param(op, p.Name); ok {
				own[p.Name] = v
				delete(unused, key)
			} else if !slices.Contains(missing, p.Name) {
				missing = append(missing, p.Name)
			}
		}
		for i, other := range ops[:len(out)] {
			if all && len(missing) == 0 && other.Path.Template == op.Path.Template && maps.Equal(out[i], own) {
				errs = append(errs, fmt.Errorf("%s and %s both document %s %s; name an entity for each, as --param '%s#%s=…'",
					other.Page, op.Page, op.Method.Value, op.Path.Template, pageset.ID(op.Page), lastParam(op)))
			}
		}
		if all && len(missing) > 0 {
			errs = append(errs, &ParamError{Names: missing, Where: op.Path.Source.Short() + ", " + op.Path.Template})
		}
		out = append(out, own)
	}
	for _, op := range t.all {
		for _, p := range op.Path.Params {
			if _, key, ok := t.param(op, p.Name); ok && key != p.Name {
				delete(unused, key)
			}
		}
	}
	if unknown := client.Unknown(unused, append(templates, t.pathsLeftOut...)...); len(unknown) > 0 {
		var known []string
		for _, op := range ops {
			for _, p := range op.Path.Params {
				known = append(known, p.Name)
			}
		}
		errs = append(errs, &ParamError{
			Names: unknown, Unknown: true, Where: strings.Join(templates, ", "), Near: suggest.Nearest(unknown[0], known),
		})
	}
	return out, errors.Join(errs...)
}

// param gives the value of a path parameter for the page: the one that names the page, as
// lamp-update#lampId, or the one for all pages.
func (t *Target) param(op *contract.Operation, name string) (value, key string, ok bool) {
	for _, key := range slices.Sorted(maps.Keys(t.Params)) {
		rest, is := forPage(pageset.ID(op.Page), key)
		if is && rest == name && rest != key {
			return t.Params[key], key, true
		}
	}
	value, ok = t.Params[name]
	return value, name, ok
}

func lastParam(op *contract.Operation) string {
	if len(op.Path.Params) == 0 {
		return ""
	}
	return op.Path.Params[len(op.Path.Params)-1].Name
}
