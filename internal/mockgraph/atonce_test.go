package mockgraph

import (
	"net/http"
	"slices"
	"testing"

	"graphpact/internal/contract"
)

// TestConstantETag: a server with one ETag for all states takes an update with it, and no other.
func TestConstantETag(t *testing.T) {
	t.Parallel()
	b := behaving(t, "etag-constant")
	tag := b.send(http.MethodGet, second, "").header.Get("ETag")
	for _, body := range []string{`{"title":"x"}`, `{"title":"y"}`} {
		b.want(b.send(http.MethodPatch, second, body, "If-Match: "+tag), http.StatusOK)
	}
	if again := b.send(http.MethodGet, second, "").header.Get("ETag"); again != tag {
		t.Errorf("the ETag was %s, and is %s", tag, again)
	}
	b.want(b.send(http.MethodPatch, second, `{"title":"z"}`, `If-Match: "other"`), http.StatusPreconditionFailed)
}

// TestAtOnceWithIfMatch: where no read comes between two updates, the second is one at once with
// the first although its ETag is that from before it. After a read it is a stale one.
func TestAtOnceWithIfMatch(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{
		"concurrent-updates-lost": http.StatusOK, "concurrent-conflict-kept": http.StatusConflict,
		"concurrent-update-500": http.StatusInternalServerError, "conflict-for-one": http.StatusConflict,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := behaving(t, name)
			tag := b.send(http.MethodGet, second, "").header.Get("ETag")
			b.want(b.send(http.MethodPatch, second, `{"title":"x"}`, "If-Match: "+tag), http.StatusOK)
			b.want(b.send(http.MethodPatch, second, `{"title":"y"}`, `If-Match: "never"`), http.StatusPreconditionFailed)
			b.want(b.send(http.MethodPatch, second, `{"title":"y"}`, "If-Match: "+tag), status)
			if b.send(http.MethodGet, second, "").header.Get("ETag") != tag { // the lost ones leave the first state
				b.want(b.send(http.MethodPatch, second, `{"title":"z"}`, "If-Match: "+tag), http.StatusPreconditionFailed)
			}
		})
	}
	b := serve(t)
	tag := b.send(http.MethodGet, second, "").header.Get("ETag")
	b.want(b.send(http.MethodPatch, second, `{"title":"x"}`, "If-Match: "+tag), http.StatusOK)
	b.want(b.send(http.MethodPatch, second, `{"title":"y"}`, "If-Match: "+tag), http.StatusPreconditionFailed)
}

// TestStoredOtherwise: what a fault stores in the place of what was sent.
func TestStoredOtherwise(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ fault, body, property, want string }{
		{"member-stored-as-another", `{"stage":"closed"}`, "stage", `"open"`},
		{"member-stored-as-another", `{"stage":"open"}`, "stage", `"open"`},
		{"members-stored-as-last", `{"stage":"open"}`, "stage", `"closed"`},
		{"members-stored-as-last", `{"title":"open"}`, "title", `"open"`},
		{"read-only-settable", `{"serial":"S-2","createdDateTime":"2001-02-03T04:05:06Z"}`, "serial", `"S-2"`},
		{"read-only-settable", `{"serial":"S-2","createdDateTime":"2001-02-03T04:05:06Z"}`, "createdDateTime", `"2026-01-02T03:04:05.1234567Z"`},
		{"created-settable", `{"serial":"S-2"}`, "serial", `"S-1"`},
	} {
		b := behaving(t, tc.fault)
		b.want(b.send(http.MethodPatch, first, tc.body), http.StatusOK)
		if got := b.get(first, tc.property); got != tc.want {
			t.Errorf("%s: %s is %s after %s, want %s", tc.fault, tc.property, got, tc.body, tc.want)
		}
	}
}

// TestNamedValuesOnly: an own value that nobody names is taken again, and no other one.
func TestNamedValuesOnly(t *testing.T) {
	t.Parallel()
	op := widget()
	i := slices.IndexFunc(op.Properties, func(p contract.Property) bool { return p.Name == "title" })
	op.Properties[i].Named = []contract.Value{{JSON: "North", Origin: contract.FromExample}, {JSON: "South", Origin: contract.FromExample}}
	only, _ := FindBehaviour("named-values-only")
	b := serve(t, func(c *Config) {
		c.Operations, c.Behaviours = []*contract.Operation{op}, []Behaviour{only}
	})
	b.want(b.send(http.MethodPatch, first, `{"title":"North"}`), http.StatusOK)
	b.want(b.send(http.MethodPatch, first, `{"title":"East"}`), http.StatusBadRequest)
	b.want(b.send(http.MethodPatch, first, `{"title":"first"}`), http.StatusOK)
}
