package broker_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"graphpact/internal/broker"
	"graphpact/internal/broker/brokertest"
)

// The tests of this file hold the fake to what surprises in a real broker, also where the
// recordings are not at hand.

// raw sends a request and gives the answer's status and JSON.
func raw(t *testing.T, s *brokertest.Server, method, path, body string, header ...string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{"(empty)": b.Len() == 0}
	_ = json.Unmarshal(b.Bytes(), &out)
	return resp.StatusCode, out
}

// in walks into JSON by names and indexes; nil where there is nothing.
func in(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// contract is a pact of the consumer web with the provider lamps.
func contract(interactions string) []byte {
	return []byte(`{"consumer":{"name":"web"},"provider":{"name":"lamps"},"interactions":[` + interactions + `],"metadata":{"pactSpecification":{"version":"4.0"}}}`)
}

const (
	lampOn  = `{"type":"Synchronous/HTTP","description":"a lamp","request":{"path":"/lamp"},"response":{"status":200}}`
	lampOff = `{"type":"Synchronous/HTTP","description":"a lamp","request":{"path":"/lamp"},"response":{"status":404}}`
	room    = `{"type":"Synchronous/HTTP","description":"a room","request":{"path":"/room"},"response":{"status":200}}`
)

func web(version string, content []byte) broker.Publication {
	return broker.Publication{Consumer: "web", Version: version, Branch: "main", Contracts: []broker.Contract{{Provider: "lamps", Content: content}}}
}

func TestLinkToCanIDeployWeighsOneVersion(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, web("1", contract(lampOn)))
	for _, v := range []string{"good", "bad"} {
		s.Verify("web", "1", "lamps", v, false)
		if err := c.RecordDeployment(t.Context(), broker.Deployment{Pacticipant: "lamps", Version: v, Environment: "test", Instance: v}); err != nil {
			t.Fatal(err)
		}
	}
	s.Verify("web", "1", "lamps", "good", true)
	_, link := raw(t, s, http.MethodGet, "/can-i-deploy?pacticipant=web&version=1&environment=test", "")
	_, matrix := raw(t, s, http.MethodGet, "/matrix?q[][pacticipant]=web&q[][version]=1&latestby=cvpv&environment=test", "")
	if in(link, "summary", "deployable") != true || in(matrix, "summary", "deployable") != false {
		t.Errorf("link %v\nmatrix %v", link["summary"], matrix["summary"])
	}
}

func TestDeployableIsNull(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	p := web("1", contract(lampOn))
	p.Contracts = append(p.Contracts, broker.Contract{Provider: "users", Content: bytes.ReplaceAll(contract(room), []byte("lamps"), []byte("users"))})
	publish(t, c, p)
	s.Verify("web", "1", "lamps", "9", false)
	// One has failed and the other is missing.
	_, a := raw(t, s, http.MethodGet, "/matrix?q[][pacticipant]=web&q[][version]=1&latestby=cvp&latest=true", "")
	if d, there := a["summary"].(map[string]any)["deployable"]; d != nil || !there {
		t.Error(a["summary"])
	}
	// A version that does not exist is a no, an application that does not exist an error.
	_, a = raw(t, s, http.MethodGet, "/can-i-deploy?pacticipant=web&version=7&environment=test", "")
	if in(a, "summary", "deployable") != false {
		t.Error(a["summary"])
	}
	for _, path := range []string{"/matrix?q[][pacticipant]=nobody&q[][version]=1", "/can-i-deploy?pacticipant=web&version=1&environment=moon"} {
		if status, _ := raw(t, s, http.MethodGet, path, ""); status != http.StatusBadRequest {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestMerges(t *testing.T) {
	t.Parallel()
	merge := func(version, interactions string) broker.Publication {
		p := web(version, contract(interactions))
		p.Merge = true
		return p
	}
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, merge("1", lampOn+","+room))
	_, err := c.Publish(t.Context(), merge("1", room)) // a mere part of what is there
	wantKind(t, err, broker.Conflict)
	body, err := json.Marshal(map[string]any{"pacticipantName": "web", "pacticipantVersionNumber": "1", "contracts": []any{map[string]any{
		"consumerName": "web", "providerName": "lamps", "specification": "pact", "contentType": "application/json",
		"content": base64.StdEncoding.EncodeToString(contract(lampOff)),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, a := raw(t, s, http.MethodPost, "/contracts/publish", string(body)); in(a, "notices", 0, "type") != "error" || in(a, "notices", 1, "type") != "info" {
		t.Errorf("%v", a["notices"])
	}

	s = brokertest.StartWith(brokertest.Settings{AllowModification: true})
	t.Cleanup(s.Stop)
	c = newClient(t, s.URL)
	for _, p := range []broker.Publication{merge("1", lampOn), merge("1", room), merge("2", lampOff), merge("2", room)} {
		publish(t, c, p)
	}
	_, a := raw(t, s, http.MethodGet, "/pacts/provider/lamps/consumer/web/version/2", "")
	if in(a, "interactions", 0, "response", "status") != 200.0 {
		t.Errorf("a merged pact is kept under the SHA of its last part, and version 2 gets that of version 1: %v", a["interactions"])
	}
	publish(t, c, merge("3", lampOn))
	publish(t, c, merge("3", lampOff)) // no conflict: the last one stays
	if _, a := raw(t, s, http.MethodGet, "/pacts/provider/lamps/consumer/web/version/3", ""); in(a, "interactions", 0, "response", "status") != 404.0 {
		t.Errorf("%v", a["interactions"])
	}
}

func TestPendingIsTheDefault(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, web("1", contract(lampOn)))
	wip := web("2", contract(lampOff))
	wip.Branch = "feat/x"
	publish(t, c, wip)
	properties := func(i int, body string) map[string]any {
		t.Helper()
		_, a := raw(t, s, http.MethodPost, "/pacts/provider/lamps/for-verification", body)
		m, _ := in(a, "_embedded", "pacts", i, "verificationProperties").(map[string]any)
		if m == nil {
			t.Fatalf("%s: %v", body, a)
		}
		return m
	}
	for _, body := range []string{`{}`, ``, `{"providerVersionBranch":"main"}`, `{"includePendingStatus":true}`} {
		if p := properties(0, body); p["pending"] != true {
			t.Errorf("%s: %v", body, p)
		}
	}
	since := `"consumerVersionSelectors":[{"mainBranch":true}],"providerVersionBranch":"main","includeWipPactsSince":"2020-01-01"`
	if p := properties(0, `{"includePendingStatus":false}`); p["pending"] != nil {
		t.Errorf("%v", p)
	}
	if p := properties(1, `{"includePendingStatus":false,`+since+`}`); p["wip"] != true || p["pending"] != nil {
		t.Errorf("%v", p)
	}
	if p := properties(1, `{`+since+`}`); p["wip"] != true || p["pending"] != true {
		t.Errorf("%v", p)
	}
	// A client that did not ask for it does not see it.
	pacts, err := c.PactsForVerification(t.Context(), "lamps", broker.PactQuery{})
	if err != nil || len(pacts) != 1 || pacts[0].Pending {
		t.Errorf("%+v, %v", pacts, err)
	}
}

func TestNoSelectors(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, web("1", contract(lampOn)))
	if err := c.RecordDeployment(t.Context(), broker.Deployment{Pacticipant: "web", Version: "1", Environment: "test"}); err != nil {
		t.Fatal(err)
	}
	publish(t, c, web("2", contract(room)))
	feature := web("3", contract(lampOff))
	feature.Branch = "feat/x"
	publish(t, c, feature)
	desk := broker.Publication{Consumer: "desk", Version: "1", Contracts: []broker.Contract{{Provider: "lamps", Content: bytes.ReplaceAll(contract(room), []byte("web"), []byte("desk"))}}}
	publish(t, c, desk)
	pacts, err := c.PactsForVerification(t.Context(), "lamps", broker.PactQuery{})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(names(pacts), ", ")
	if want := "Pact between desk (1) and lamps, Pact between web (1) and lamps, Pact between web (2) and lamps"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestContentIsIdentity(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	publish(t, c, web("1", contract(lampOn+","+room)))
	reordered := bytes.Replace(contract(room+","+lampOn), []byte(`"metadata":{`), []byte(`"metadata":{"writer":"another",`), 1)
	publish(t, c, web("1", reordered)) // no conflict
	publish(t, c, web("2", reordered))
	if !bytes.Equal(s.Published("web", "lamps", "2"), contract(lampOn+","+room)) {
		t.Error("the first text is not kept")
	}
	pacts, err := c.PactsForVerification(t.Context(), "lamps", broker.PactQuery{Selectors: []broker.Selector{{Branch: "main"}, {MainBranch: true}, {Latest: true}}})
	if err != nil || len(pacts) != 1 || !strings.Contains(pacts[0].URL, "/pact-version/") || !strings.Contains(pacts[0].URL, "/metadata/") {
		t.Fatalf("%+v, %v", pacts, err)
	}
	if pacts[0].InteractionIDs[0] == pacts[0].InteractionIDs[1] {
		t.Errorf("ids %v", pacts[0].InteractionIDs)
	}
	// A result counts for every version with the content.
	if err := c.PublishResults(t.Context(), pacts[0], broker.Results{Success: true, ProviderVersion: "9"}); err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"1", "2"} {
		if a, err := c.CanIDeploy(t.Context(), broker.Question{Pacticipant: "web", Version: v, Latest: true}); err != nil || a.Deployable != broker.Yes {
			t.Errorf("version %s: %+v, %v", v, a, err)
		}
	}
}

func TestPlacementsKeepTheirIdentity(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	publish(t, newClient(t, s.URL), web("1", contract(lampOn)))
	_, version := raw(t, s, http.MethodGet, "/pacticipants/web/versions/1", "")
	for rel, statuses := range map[string][2]int{"pb:record-deployment": {201, 201}, "pb:record-release": {201, 200}} {
		path := strings.TrimPrefix(in(version, "_links", rel, 0, "href").(string), s.URL)
		first, a := raw(t, s, http.MethodPost, path, "{}")
		second, b := raw(t, s, http.MethodPost, path, "{}")
		if first != statuses[0] || second != statuses[1] || a["uuid"] != b["uuid"] {
			t.Errorf("%s: %d %v, %d %v", rel, first, a["uuid"], second, b["uuid"])
		}
	}
	if status, _ := raw(t, s, http.MethodGet, "/environments/test", ""); status != http.StatusNotFound {
		t.Errorf("environments live under uuids, not names: %d", status)
	}
}

func TestRefusalsOfAccessAreEmpty(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	publish(t, newClient(t, s.URL), web("1", contract(lampOn)))
	s.RequireUsers("rw:pass", "ro:pass", false)
	basic := func(user string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(user)) }
	for _, tc := range []struct {
		method, path, authorization string
		want                        int
	}{
		{http.MethodGet, "/", basic("ro:pass"), 200},
		{http.MethodPost, "/pacts/provider/lamps/for-verification", basic("ro:pass"), 200},
		{http.MethodPost, "/contracts/publish", basic("ro:pass"), 401},
		{http.MethodGet, "/", basic("ro:wrong"), 401},
		{http.MethodGet, "/", "Bearer token", 400},
	} {
		status, a := raw(t, s, tc.method, tc.path, "", "Authorization", tc.authorization)
		if status != tc.want || status != 200 && a["(empty)"] != true {
			t.Errorf("%s %s as %s: %d %v", tc.method, tc.path, tc.authorization, status, a)
		}
	}
}

func TestOddBodiesAndEvents(t *testing.T) {
	t.Parallel()
	s := startBroker(t)
	c := newClient(t, s.URL)
	events := func(version string, content []byte) string {
		t.Helper()
		got, err := c.Publish(t.Context(), web(version, content))
		if err != nil {
			t.Fatal(err)
		}
		return got[3].Text
	}
	const requiring = "contract_requiring_verification_published"
	if e := events("1", contract(lampOn)); strings.Contains(e, requiring) {
		t.Errorf("the provider has no version that counts: %s", e)
	}
	if status, _ := raw(t, s, http.MethodPut, "/pacticipants/lamps/branches/main/versions/9", "{}"); status != http.StatusCreated {
		t.Fatal(status)
	}
	if e := events("2", contract(lampOff)); !strings.Contains(e, requiring) {
		t.Errorf("the provider's main branch has no result: %s", e)
	}
	pacts, err := c.PactsForVerification(t.Context(), "lamps", broker.PactQuery{})
	if err != nil {
		t.Fatal(err)
	}
	results := strings.TrimPrefix(pacts[0].URL, s.URL) + "/verification-results"
	for _, tc := range []struct {
		path, body string
		want       int
	}{
		{"/contracts/publish", `{"pacticipantName":"web","pacticipantVersionNumber":"3","contracts":[]}`, 500},
		{"/contracts/publish", `[]`, 400},
		{"/pacts/provider/lamps/for-verification", `[]`, 500},
		{results, ``, 500},
		{results, `[]`, 500},
		{results, `{`, 400},
	} {
		if status, a := raw(t, s, http.MethodPost, tc.path, tc.body); status != tc.want {
			t.Errorf("%s %q: %d %v", tc.path, tc.body, status, a)
		}
	}
}
