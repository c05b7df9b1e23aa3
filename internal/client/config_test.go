package client

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	const ok = "https://graph.example/beta"
	for name, tc := range map[string]struct {
		cfg  Config
		want []string
	}{
		"no URL":         {Config{}, []string{"base URL", "empty", "version segment"}},
		"relative":       {Config{BaseURL: "/beta"}, []string{`"/beta"`, "absolute"}},
		"no scheme":      {Config{BaseURL: "graph.example/beta"}, []string{"absolute"}},
		"other scheme":   {Config{BaseURL: "ftp://graph.example"}, []string{`"ftp://graph.example"`, "http or https"}},
		"no host":        {Config{BaseURL: "https:///beta"}, []string{"absolute"}},
		"bad port":       {Config{BaseURL: "https://graph.example:port/"}, []string{"invalid port", "version segment"}},
		"query":          {Config{BaseURL: ok + "?code=hunter2"}, []string{"query"}},
		"bare query":     {Config{BaseURL: ok + "?"}, []string{"query"}},
		"fragment":       {Config{BaseURL: ok + "#hunter2"}, []string{"fragment"}},
		"bare fragment":  {Config{BaseURL: ok + "#"}, []string{"fragment"}},
		"userinfo":       {Config{BaseURL: "https://me:hunter2@graph.example"}, []string{"password", "variable"}},
		"no // before":   {Config{BaseURL: "https:/me:hunter2@graph.example"}, []string{"password", "variable"}},
		"no scheme user": {Config{BaseURL: "me:hunter2@graph.example/beta"}, []string{"password", "variable"}},
		"odd with query": {Config{BaseURL: "https://graph.example/be%zzta?key=hunter2"}, []string{"%zz", `be%zzta"`}},
		"odd userinfo":   {Config{BaseURL: "https://me:hunter2/x@graph.example"}, []string{"password", "variable"}},
		"clear token":    {Config{BaseURL: "http://graph.example", Token: "hunter2"}, []string{`"http://graph.example"`, "GRAPH_TOKEN", "in clear", "https"}},
		"clear header":   {Config{BaseURL: "http://10.0.0.1", Header: http.Header{"x-api-key": {"hunter2"}}}, []string{"X-Api-Key", "in clear"}},
		"token newline":  {Config{BaseURL: ok, Token: "hunter2\n"}, []string{"GRAPH_TOKEN", "position 8"}},
		"token Bearer":   {Config{BaseURL: ok, Token: "Bearer hunter2"}, []string{"without the word Bearer"}},
		"token env":      {Config{BaseURL: ok, TokenEnv: `X"; rm`}, []string{"token variable", `X\"; rm`}},
		"Authorization":  {Config{BaseURL: ok, Header: http.Header{"authorization": {"hunter2"}}}, []string{"Authorization", "GRAPH_TOKEN"}},
		"proxy":          {Config{BaseURL: ok, Header: http.Header{"Proxy-Authorization": {"hunter2"}}}, []string{"HTTPS_PROXY"}},
		"Host":           {Config{BaseURL: ok, Header: http.Header{"host": {"x"}}}, []string{"Host", "leave it out"}},
		"header name":    {Config{BaseURL: ok, Header: http.Header{"a b": {"x"}}}, []string{`"a b"`}},
		"header empty":   {Config{BaseURL: ok, Header: http.Header{"": {"x"}}}, []string{`""`}},
		"header value":   {Config{BaseURL: ok, Header: http.Header{"X-A": {"hunter2\r\nB: c"}}}, []string{"X-A", "position 8"}},
		"user agent":     {Config{BaseURL: ok, UserAgent: "a\nb"}, []string{"User-Agent"}},
		"timeout":        {Config{BaseURL: ok, Timeout: -time.Second}, []string{"-1s"}},
		"negative limit": {Config{BaseURL: ok, BodyLimit: -1}, []string{"-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(tc.cfg)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %q shows a secret", err)
			}
		})
	}
}

func TestNewAccepts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		cfg  Config
		base string
	}{
		{Config{BaseURL: "https://graph.example/beta/"}, "https://graph.example/beta"},
		{Config{BaseURL: "http://graph.example"}, "http://graph.example"},
		{Config{BaseURL: "http://localhost:1/v1.0", Token: "t"}, "http://localhost:1/v1.0"},
		{Config{BaseURL: "http://127.8.0.1", Token: "t"}, "http://127.8.0.1"},
		{Config{BaseURL: "http://[::1]:80/x", Token: "t"}, "http://[::1]:80/x"},
		{Config{BaseURL: "http://mock.localhost", Token: "t"}, "http://mock.localhost"},
	} {
		c, err := New(tc.cfg)
		if err != nil {
			t.Errorf("%s: %v", tc.cfg.BaseURL, err)
			continue
		}
		if c.cfg.BaseURL != tc.base {
			t.Errorf("%s became %s", tc.cfg.BaseURL, c.cfg.BaseURL)
		}
	}
}
