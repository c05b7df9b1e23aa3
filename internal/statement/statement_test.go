package statement

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/result"
)

const (
	lamps  = "PATCH /lamps/{lampId}"
	digest = "sha256:0000000000000000000000000000000000000000000000000000000000000001"
)

func who() Implementation {
	return Implementation{Organization: "Lamp Co", Project: "Lamps", Version: "4.2", URL: "https://lamps.example", Contact: "a@lamps.example"}
}

// report is a run that holds, and its file.
func report(t *testing.T, change func(*result.Run)) (*result.Run, []byte) {
	t.Helper()
	requirement := func(id, kind, ref string, v result.Verdict) result.Requirement {
		return result.Requirement{ID: id, Operation: lamps, Level: result.Must, Source: result.Source{Kind: kind, Ref: ref}, Verdict: v, Checks: []result.Check{}}
	}
	r := &result.Run{
		Version: result.Version, ID: "6f0c1a2b", Tool: result.Tool{Name: "graphpact", Version: "1.2.3", GoVersion: "go1.26"},
		Target:    result.Target{Kind: "endpoint", BaseURL: "https://graph.example/beta"},
		Pages:     []result.Page{{File: "lamp-update.md", Title: "Update lamp", Digest: digest, Operation: lamps}},
		StartedAt: time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC), DurationMS: 143.75, Settings: map[string]string{"timeout": "30s"},
		Suite: &result.Suite{Digest: digest},
		Pact:  &result.Pact{File: "reports/pacts/a-b.json", Digest: digest},
		Requirements: []result.Requirement{
			requirement("UPD-01", "doc", "lamp-update.md:7", result.Pass), requirement("UPD-02", "convention", "patch-merge", result.Pass),
			requirement("UPD-03", "convention", "malformed-json", result.Pass), requirement("UPD-04", "convention", "prefer-minimal", result.Skip),
		},
	}
	r.Requirements[3].NotOnPage, r.Requirements[3].Reason = true, "the page has no such property"
	if change != nil {
		change(r)
	}
	r.Totals = result.Count(r.Requirements)
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return r, data
}

func robust(rule string) bool { return rule == "malformed-json" }

func input(t *testing.T, change func(*result.Run)) *Input {
	r, data := report(t, change)
	return &Input{Implementation: who(), Report: r, ReportBytes: data, Robustness: robust, Valid: 48 * time.Hour, URL: "https://ci.example/1"}
}

// TestMake holds the statement to what the published types look like as JSON.
func TestMake(t *testing.T) {
	t.Parallel()
	in := input(t, nil)
	payload, d, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	p := got["predicate"].(map[string]any)
	if p["graphpact_statement"] == nil {
		t.Error("the details are not in the predicate")
	}
	delete(p, "graphpact_statement")
	bare := strings.TrimPrefix(digest, "sha256:")
	subject := func(name, sha string) any {
		return map[string]any{"name": name, "digest": map[string]any{"sha256": sha}}
	}
	want := map[string]any{
		"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
		"subject": []any{
			subject("report.json", fmt.Sprintf("%x", sha256.Sum256(in.ReportBytes))), subject("pacts/a-b.json", bare),
			subject("pages/lamp-update.md", bare), subject("suite of graphpact 1.2.3", bare),
		},
		"predicate": map[string]any{
			"result": "PASSED", "url": "https://ci.example/1",
			"configuration": []any{subject("pages/lamp-update.md", bare), subject("suite of graphpact 1.2.3", bare)},
			"passedTests":   []any{"UPD-01", "UPD-02", "UPD-03"}, "warnedTests": []any{}, "failedTests": []any{},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	wantSet := Set{
		Pages: in.Report.Pages, SuiteDigest: digest, Scored: []string{"UPD-01", "UPD-02", "UPD-03"},
		NotScored: []NotScored{{"UPD-04", "the page has no such property"}},
	}
	if diff := cmp.Diff(wantSet, d.Set); diff != "" {
		t.Errorf("set (-want +got)\n%s", diff)
	}
	if want := in.Report.StartedAt.Add(48 * time.Hour); !d.Expires.Equal(want) {
		t.Errorf("expires %s", d.Expires)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	set := func(i int, v result.Verdict) func(*result.Run) {
		return func(r *result.Run) { r.Requirements[i].Verdict = v }
	}
	for _, tc := range []struct {
		name    string
		change  func(*result.Run)
		result  string
		outcome string // of page promises, conventions, robustness
		svr     string
	}{
		{"all holds", nil, "PASSED", "success success success", "GRAPHPACT_CONFORMANT GRAPHPACT_CONVENTIONS GRAPHPACT_PAGE_PROMISES GRAPHPACT_ROBUSTNESS"},
		{"a warning", set(1, result.Warn), "WARNED", "success partial success", "GRAPHPACT_CONFORMANT GRAPHPACT_PAGE_PROMISES GRAPHPACT_ROBUSTNESS"},
		{"a failure", set(0, result.Fail), "FAILED", "failure success success", "GRAPHPACT_CONVENTIONS GRAPHPACT_ROBUSTNESS"},
		{"flaky", set(2, result.Flaky), "FAILED", "success success failure", "GRAPHPACT_CONVENTIONS GRAPHPACT_PAGE_PROMISES"},
		{"unsupported", set(2, result.Skip), "PASSED", "success success partial", "GRAPHPACT_CONFORMANT GRAPHPACT_CONVENTIONS GRAPHPACT_PAGE_PROMISES"},
		{"waived", func(r *result.Run) {
			r.Requirements[0].Verdict, r.Requirements[0].Waiver = result.Waived, &result.Waiver{Of: result.Fail, Reason: "known", Expires: "2026-12-31"}
		}, "WARNED", "partial success success", "GRAPHPACT_CONFORMANT GRAPHPACT_CONVENTIONS GRAPHPACT_ROBUSTNESS"},
		{"narrowed", func(r *result.Run) {
			r.Partial, r.Suite.Omitted = []string{"only some"}, []result.Subject{{Operation: lamps, Key: "UPD-05"}}
		}, "WARNED", "partial partial partial", ""},
		{"a problem", func(r *result.Run) { r.Problems = []string{"not restored"} }, "FAILED", "failure failure failure", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := input(t, tc.change)
			payload, d, err := Make(in)
			if err != nil {
				t.Fatal(err)
			}
			s, err := read(payload)
			if err != nil {
				t.Fatal(err)
			}
			var outcomes []string
			for _, p := range d.Profiles {
				outcomes = append(outcomes, string(p.Result))
			}
			if s.Result != tc.result || strings.Join(outcomes, " ") != tc.outcome {
				t.Errorf("%s, %q, want %s, %q", s.Result, outcomes, tc.result, tc.outcome)
			}
			data, err := MakeVerificationResult(in, d)
			if err != nil || (data == nil) != (tc.svr == "") {
				t.Fatalf("%s, %v", data, err)
			}
			if data != nil {
				if s, err = read(data); err != nil || strings.Join(s.Properties, " ") != tc.svr {
					t.Errorf("%q, %v, want %s", s.Properties, err, tc.svr)
				}
			}
			if message, color := badgeText(d); (color == "#2e7d32") != (d.Headline == result.Conformant) || strings.HasPrefix(message, "conformant") != (d.Headline == result.Conformant) {
				t.Errorf("the badge says %s in %s of %s", message, color, d.Headline)
			}
		})
	}
}

func TestMakeRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*Input)
		want   string
	}{
		{"nobody", func(in *Input) { in.Implementation = Implementation{} }, "add --organization, --project, --project-version, --project-url, --contact"},
		{"no contact", func(in *Input) { in.Implementation.Contact = " " }, "add --contact"},
		{"a contact that is none", func(in *Input) { in.Implementation.Contact = "me" }, `--contact "me"`},
		{"a URL that is none", func(in *Input) { in.Implementation.URL = "lamps" }, `--project-url "lamps"`},
		{"a URL of a script", func(in *Input) { in.Implementation.URL = "javascript://x/%0aalert(1)" }, "--project-url"},
		{"a shard", func(in *Input) { in.Report.Shard = &result.Shard{} }, "of one shard"},
		{"interrupted", func(in *Input) { in.Report.Interrupted = true }, "interrupted"},
		{"the mock", func(in *Input) { in.Report.Target.Kind = result.EmbeddedMock }, "against the embedded mock"},
		{"an older report", func(in *Input) { in.Report.Suite = nil }, "by which scenarios"},
		{"nothing", func(in *Input) { in.Report.Requirements = nil }, "nothing was tested"},
		{"no time", func(in *Input) { in.Valid = 0 }, "--valid"},
		{"a digest that is none", func(in *Input) { in.Report.Pages[0].Digest = "sha256:12" }, "cannot be stated"},
	} {
		in := input(t, nil)
		tc.change(in)
		if _, _, err := Make(in); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

// keyPair makes a key and its public half, in PEM.
func keyPair(t *testing.T, private any, public any) (*Key, *Key) {
	t.Helper()
	read := func(kind string, der []byte, err error) *Key {
		if err != nil {
			t.Fatal(err)
		}
		k, err := ReadKey(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	k := read("PRIVATE KEY", der, err)
	der, err = x509.MarshalPKIXPublicKey(public)
	return k, read("PUBLIC KEY", der, err)
}

func ed(t *testing.T) (*Key, *Key, ed25519.PublicKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, p := keyPair(t, private, public)
	return k, p, public
}

// TestSignatureIsDSSE checks an envelope without the library that made it: by the protocol's
// own words (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md).
func TestSignatureIsDSSE(t *testing.T) {
	t.Parallel()
	private, _, public := ed(t)
	payload, _, err := Make(input(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	data, err := Sign(t.Context(), payload, private)
	if err != nil {
		t.Fatal(err)
	}
	var e struct {
		PayloadType, Payload string
		Signatures           []struct{ KeyID, Sig string }
	}
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	body, err := base64.StdEncoding.DecodeString(e.Payload)
	if err != nil || string(body) != string(payload) {
		t.Fatalf("%v, %s", err, body)
	}
	sig, err := base64.StdEncoding.DecodeString(e.Signatures[0].Sig)
	if err != nil {
		t.Fatal(err)
	}
	pae := fmt.Sprintf("DSSEv1 %d %s %d %s", len("application/vnd.in-toto+json"), "application/vnd.in-toto+json", len(body), body)
	if !ed25519.Verify(public, []byte(pae), sig) {
		t.Error("the signature is not that of the pre-authentication encoding")
	}
}

// TestVerify: each thing that may be wrong is found, and nothing else is.
func TestVerify(t *testing.T) {
	t.Parallel()
	private, public, _ := ed(t)
	_, foreign, _ := ed(t)
	in := input(t, nil)
	payload, _, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := Sign(t.Context(), payload, private)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), signed, public)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.CheckTime(in.Report.StartedAt.Add(48*time.Hour)), s.CheckFile(result.File, in.ReportBytes), s.CheckReport(in.Report, robust)); err != nil {
		t.Errorf("what holds does not: %v", err)
	}
	if _, err := Open(t.Context(), signed, foreign); !errors.Is(err, ErrForeign) {
		t.Errorf("another key: %v", err)
	}
	if err := s.CheckTime(in.Report.StartedAt.Add(48*time.Hour + time.Second)); !errors.Is(err, ErrExpired) {
		t.Errorf("a second too late: %v", err)
	}
	for _, content := range [][]byte{nil, append(in.ReportBytes, ' '), []byte(strings.Replace(string(in.ReportBytes), "143.75", "143.76", 1))} {
		if err := s.CheckFile(result.File, content); !errors.Is(err, ErrChanged) {
			t.Errorf("another report: %v", err)
		}
	}
	if err := s.CheckFile("other", nil); !errors.Is(err, ErrChanged) {
		t.Errorf("a file that is not stated: %v", err)
	}
	for i, change := range []func(*result.Run){
		func(r *result.Run) { r.Requirements[0].Verdict = result.Fail },
		func(r *result.Run) { r.Requirements[0].Source.Kind = "convention" },
		func(r *result.Run) { r.Requirements[3].Reason = "another" },
		func(r *result.Run) { r.Partial = []string{"only some"} },
		func(r *result.Run) { r.Target.BaseURL = "https://other.example" },
		func(r *result.Run) { r.Settings["timeout"] = "31s" },
		func(r *result.Run) { r.Suite = nil },
	} {
		r, _ := report(t, change)
		if err := s.CheckReport(r, robust); !errors.Is(err, ErrSaysNot) {
			t.Errorf("report %d, which says something else: %v", i, err)
		}
	}
}

// TestEveryByteCounts changes each byte of a signed statement: none goes unseen but those that
// say the same.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	private, public, _ := ed(t)
	payload, _, err := Make(input(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := Sign(t.Context(), payload, private)
	if err != nil {
		t.Fatal(err)
	}
	keyID := strings.Index(string(signed), `"keyid"`) // a hint that nobody relies on
	sig := strings.Index(string(signed), `"sig"`)
	unseen := 0
	for i := range signed[:len(signed)-1] {
		if i >= keyID && i < sig {
			continue
		}
		changed := []byte(string(signed))
		changed[i] ^= 1
		if s, err := Open(t.Context(), changed, public); err == nil {
			unseen++
			t.Logf("byte %d, %q as %q: %d subjects", i, signed[i], changed[i], len(s.Subjects))
		}
	}
	if unseen > 0 {
		t.Errorf("%d changes went unseen", unseen)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]any{"ECDSA": {p256, p256.Public()}, "RSA-PSS": {rsaKey, rsaKey.Public()}} {
		private, public := keyPair(t, pair[0], pair[1])
		payload, _, err := Make(input(t, nil))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := Sign(context.Background(), payload, private)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := Open(t.Context(), signed, public); err != nil || private.Algorithm() != name {
			t.Errorf("%s: %v, %s", name, err, private.Algorithm())
		}
		if _, err := Sign(t.Context(), payload, public); err == nil || !strings.Contains(err.Error(), "public key") {
			t.Errorf("%s: signed with a public key: %v", name, err)
		}
	}
	for _, tc := range []struct{ pem, want string }{
		{"", "no PEM"}, {"secret", "no PEM"},
		{"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "the key is encrypted"},
		{"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "cosign"},
		{"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no key"},
	} {
		if _, err := ReadKey([]byte(tc.pem)); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %q", tc.pem, err, tc.want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		f.Fatal(err)
	}
	key, err := ReadKey(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"","sig":"AAAA"}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := Open(context.Background(), data, key); err == nil || s != nil {
			t.Fatal("a signature was made up")
		}
		_, _ = read(data) // it may be any JSON, and must not panic
	})
}
