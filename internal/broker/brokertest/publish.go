package brokertest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// publish takes all contracts or none.
func (s *Server) publish(r *http.Request) (int, any) {
	var in struct {
		Pacticipant string   `json:"pacticipantName"`
		Version     string   `json:"pacticipantVersionNumber"`
		Branch      string   `json:"branch"`
		Tags        []string `json:"tags"`
		BuildURL    string   `json:"buildUrl"`
		Contracts   []struct {
			Consumer      string `json:"consumerName"`
			Provider      string `json:"providerName"`
			Specification string `json:"specification"`
			ContentType   string `json:"contentType"`
			Content       string `json:"content"`
			OnConflict    string `json:"onConflict"`
		} `json:"contracts"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refused(err.Error())
	}
	errors := map[string][]string{}
	if in.Pacticipant == "" {
		errors["pacticipantName"] = []string{"can't be blank"}
	}
	if in.Version == "" {
		errors["pacticipantVersionNumber"] = []string{"can't be blank"}
	}
	if in.Version == "blocked" {
		errors["pacticipantVersionNumber"] = []string{"is not allowed"}
	}
	if status, body := s.similar(in.Pacticipant); status != 0 {
		return status, body
	}
	var fresh []*pact
	for i, k := range in.Contracts {
		field := fmt.Sprintf("contracts.%d", i)
		content, err := base64.StdEncoding.Strict().DecodeString(k.Content)
		switch {
		case err != nil:
			errors[field] = append(errors[field], "content is not base64")
		case !json.Valid(content):
			errors[field] = append(errors[field], "content is not JSON")
		case k.Specification != "pact" || k.ContentType != "application/json":
			errors[field] = append(errors[field], "is no pact")
		case k.Consumer != in.Pacticipant:
			errors[field] = append(errors[field], "consumerName is not the pacticipantName")
		}
		if len(errors) > 0 {
			continue
		}
		sha := sha256.Sum256(content)
		if old := s.pactOf(k.Consumer, k.Provider, in.Version); old != nil {
			if old.sha != sha && k.OnConflict != "merge" {
				text := fmt.Sprintf("Cannot change the content of the pact for %s version %s and provider %s, as race conditions will cause unreliable results for can-i-deploy. Each pact must be published with a unique consumer version number.", k.Consumer, in.Version, k.Provider)
				return http.StatusConflict, object{"notices": []object{{"type": "error", "text": text}}, "errors": object{"contracts": []string{text}}}
			}
			old.content, old.sha = content, sha
			continue
		}
		fresh = append(fresh, &pact{consumer: k.Consumer, provider: k.Provider, content: content, sha: sha})
	}
	if len(errors) > 0 {
		return http.StatusBadRequest, object{"errors": errors}
	}
	v := s.version(in.Pacticipant, in.Version)
	if in.Branch != "" {
		v.branch = in.Branch
	}
	v.buildURL = in.BuildURL
	for _, tag := range in.Tags {
		if !slices.Contains(v.tags, tag) {
			v.tags = append(v.tags, tag)
		}
	}
	notices := []object{{"type": "debug", "text": fmt.Sprintf("Created %s version %s with branch %s", in.Pacticipant, in.Version, in.Branch)}}
	for _, p := range fresh {
		p.version, p.published = v, s.now()
		s.pacts = append(s.pacts, p)
		notices = append(notices, object{"type": "success", "text": fmt.Sprintf("Pact successfully published for %s version %s and provider %s.", p.consumer, v.number, p.provider)})
	}
	notices = append(notices, object{"type": "prompt", "text": "\x1b[33mNext steps:\x1b[0m\n  configure a webhook"})
	return http.StatusOK, object{"notices": notices, "_links": object{"self": s.link("/contracts/publish")},
		"_embedded": object{"version": object{"number": v.number}, "pacticipant": object{"name": v.pacticipant}}}
}

// similar refuses a new name that differs from a known one by case or blanks alone.
func (s *Server) similar(name string) (int, any) {
	fold := func(s string) string {
		return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(s))
	}
	for _, v := range s.versions {
		if v.pacticipant == name {
			return 0, nil
		}
	}
	for _, v := range s.versions {
		if fold(v.pacticipant) == fold(name) {
			return http.StatusConflict, fmt.Sprintf("This is the first time a pact has been published for %q. The name %q is very similar to the following existing pacticipants: %s", name, name, v.pacticipant)
		}
	}
	return 0, nil
}
