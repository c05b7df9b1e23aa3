package convention

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, r := range s.Rules {
		if !id.MatchString(r.ID) {
			t.Errorf("%q is no lower-case id", r.ID)
		}
		if u, err := url.Parse(r.URL); err != nil || u.Scheme != "https" || u.Host == "" {
			t.Errorf("%s: %q is no https address", r.ID, r.URL)
		}
		if !strings.HasSuffix(r.Summary, ".") || strings.Contains(r.Summary, "\n") {
			t.Errorf("%s: the summary is one sentence: %q", r.ID, r.Summary)
		}
		if got, ok := s.Rule(r.ID); !ok || got != r {
			t.Errorf("Rule(%q) = %v, %v", r.ID, got, ok)
		}
	}
	if _, ok := s.Rule("no-such-rule"); ok {
		t.Error("an unknown id is a rule")
	}
	n := s.Names
	if len(n.Key) == 0 || len(n.Created) == 0 || len(n.Modified) == 0 || n.Sentinel == "" {
		t.Errorf("a name is missing: %+v", n)
	}
	again, err := Load()
	if err != nil || again != s {
		t.Errorf("Load reads the file again: %p, %p, %v", s, again, err)
	}
}

// TestRulesThatTheSuiteStandsOn names the rules of FACTS.md's table by what they
// must speak of, so that a rule cannot lose its clause in an edit.
func TestRulesThatTheSuiteStandsOn(t *testing.T) {
	t.Parallel()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for id, clause := range map[string]string{
		"patch-merge": "11.4.3", "patch-status": "11.4.3", "no-content": "15.3.5", "representation": "11.4.1.5",
		"server-set": "11.4.3", "unknown-property": "11.4.3", "unknown-annotation": "6.2", "evolvable-enum": "evolvable",
		"enum-member": "7.1", "json-type": "7.1", "malformed-json": "5789", "error-body": "error", "authenticate": "15.5.2",
		"no-upsert": "upsert", "media-type": "15.5.16", "if-match": "8.2.4", "prefer-minimal": "7240",
		"request-id": "best practices", "client-request-id": "best practices", "odata-type": "4.5.3",
		"datetimeoffset": "ABNF", "response-properties": "11.4.1.3", "patch-repeatable": "5789", "refusal-atomic": "5789",
	} {
		r, ok := s.Rule(id)
		if !ok || !strings.Contains(r.Clause, clause) {
			t.Errorf("rule %q: clause %q does not name %q", id, r.Clause, clause)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const good = "rules:\n- {id: a, clause: b, summary: c}\n"
	if _, err := parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ data, want string }{
		"not YAML":   {"rules: [", "conventions.yaml: "},
		"no id":      {"rules:\n- {clause: b, summary: c}\n", `rule "" needs`},
		"no clause":  {"rules:\n- {id: a, summary: c}\n", `rule "a" needs`},
		"no summary": {"rules:\n- {id: a, clause: b}\n", `rule "a" needs`},
		"twice":      {good + "- {id: a, clause: b, summary: c}\n", `duplicate rule "a"`},
	} {
		if _, err := parse([]byte(tt.data)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want %q", name, err, tt.want)
		}
	}
}

func TestSensitive(t *testing.T) {
	t.Parallel()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"accountEnabled": true, "isAccountEnabled": true, "isDisabled": true, "accountStatus": true, "isSuspended": true,
		"isBlocked": true, "blockSignIn": true, "signInBlocked": true, "signInEnabled": true, "isLocked": true, "lockoutEndDateTime": true,
		"passwordProfile": true, "ownerId": true,
		"isActive": false, "displayName": false, "status": false, "blockedUrls": false, "unlockCode": false, "clock": false,
	} {
		if why, is := s.IsSensitive(name); is != want || is && why == "" {
			t.Errorf("%s: %v, %q", name, is, why)
		}
	}
}
