package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v3"
)

// actionFile is what the tests look at of action.yml.
type actionFile struct {
	Inputs  map[string]struct{ Description string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []struct {
			ID, Run, Shell string
			Env            map[string]string
		}
	}
}

// TestAction holds action.yml to its script: an input comes by environment and never into the
// text of a script, and each is used.
func TestAction(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(projectRoot(t), "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var action actionFile
	if err := yaml.Unmarshal(data, &action); err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(projectRoot(t), "packaging/action.sh"))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, step := range action.Runs.Steps {
		if strings.Contains(step.Run, "${{") || step.Shell != "bash" {
			t.Errorf("step %s: %s in %s", step.ID, step.Run, step.Shell)
		}
		for name, value := range step.Env {
			for _, m := range regexp.MustCompile(`inputs\.([\w-]+)`).FindAllStringSubmatch(value, -1) {
				used[m[1]] = true
				if _, ok := action.Inputs[m[1]]; !ok {
					t.Errorf("%s reads the input %s, which there is not", name, m[1])
				}
			}
			if !bytes.Contains(script, []byte(name)) {
				t.Errorf("the script does not read %s", name)
			}
		}
	}
	for name, input := range action.Inputs {
		if !used[name] || input.Description == "" {
			t.Errorf("the input %s is not used, or not described", name)
		}
	}
	for _, name := range []string{"verdict", "passed", "failed", "report"} {
		if want := "${{ steps.run.outputs." + name + " }}"; action.Outputs[name].Value != want {
			t.Errorf("the output %s is %q", name, action.Outputs[name].Value)
		}
	}
	if action.Runs.Using != "composite" {
		t.Errorf("the action is %s", action.Runs.Using)
	}
}

// step runs a step of the action as a job does, and gives what it printed, its exit code and
// the files of the job.
func (p *program) step(t *testing.T, name string, env ...string) (out string, code int, files map[string]string) {
	t.Helper()
	job := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "sh", filepath.Join(projectRoot(t), "packaging/action.sh"), name)
	cmd.Dir = p.dir
	cmd.Env = append(slices.Clone(p.env), "PATH="+p.bin+":"+os.Getenv("PATH"))
	for _, v := range []string{"GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"} {
		cmd.Env = append(cmd.Env, v+"="+filepath.Join(job, v))
	}
	cmd.Env = append(cmd.Env, env...)
	data, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, v := range []string{"GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"} {
		text, _ := os.ReadFile(filepath.Join(job, v))
		files[v] = string(text)
	}
	return string(data), code, files
}

func TestActionRuns(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	mock, op := testMock(t, "action-token")
	var broken atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() && r.Method == http.MethodPatch {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		mock.ServeHTTP(w, r)
	}))
	defer srv.Close()
	params := ""
	for name, value := range mock.Params(op) {
		params += "  " + name + "=" + value + "\n\n"
	}
	env := []string{
		"ACTION_ENDPOINT=" + srv.URL + mock.BasePath(), "ACTION_PARAMS=" + params, "ACTION_REPORT=html,markdown", "ACTION_OUT=my reports",
		"GRAPH_TOKEN=action-token", "GITHUB_ACTIONS=true", "ACTION_DOC=" + filepath.Join(projectRoot(t), "fixtures/docs/provisioningflow-update.md") + "\n",
	}
	out, code, files := p.step(t, "run", env...)
	if code != 0 || files["GITHUB_OUTPUT"] != "verdict=CONFORMANT\npassed=53\nfailed=0\nreport=my reports/report.html\n" {
		t.Errorf("exit code %d, outputs %q\n%s", code, files["GITHUB_OUTPUT"], out)
	}
	if !strings.HasPrefix(files["GITHUB_STEP_SUMMARY"], "# ✅ CONFORMANT") {
		t.Errorf("the summary is %.100q", files["GITHUB_STEP_SUMMARY"])
	}
	broken.Store(true)
	out, code, files = p.step(t, "run", append(env, "ACTION_SUMMARY=false")...)
	if code != 1 || !strings.HasPrefix(files["GITHUB_OUTPUT"], "verdict=NOT CONFORMANT\n") || strings.Contains(files["GITHUB_OUTPUT"], "failed=0\n") {
		t.Errorf("exit code %d, outputs %q\n%s", code, files["GITHUB_OUTPUT"], out)
	}
	if files["GITHUB_STEP_SUMMARY"] != "" || !strings.Contains(out, "\n::error file=") || strings.Contains(out, "action-token") {
		t.Errorf("the summary is %.100q, and the output\n%s", files["GITHUB_STEP_SUMMARY"], out)
	}
	// Where nothing ran, the report of the run before does not stand for this one.
	out, code, files = p.step(t, "run", append(env, "ACTION_DOC=there-is-no.md", "ACTION_OUT=my reports")...)
	if code != 2 || files["GITHUB_OUTPUT"] != "verdict=\npassed=\nfailed=\nreport=\n" {
		t.Errorf("exit code %d, outputs %q\n%s", code, files["GITHUB_OUTPUT"], out)
	}
}

func TestActionInstalls(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	archive := releaseArchive(t)
	sum := fmt.Sprintf("%x", sha256.Sum256(archive))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := fmt.Sprintf("graphpact_1.2.0_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
		switch r.URL.Path {
		case "/v1.2.0/" + name:
			_, _ = w.Write(archive)
		case "/v1.2.0/SHA256SUMS":
			_, _ = fmt.Fprintf(w, "%s  %s\n", sum, name)
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	install := func(env ...string) (string, int, map[string]string) {
		return p.step(t, "install", append([]string{"ACTION_RELEASES=" + srv.URL, "ACTION_BIN=" + filepath.Join(t.TempDir(), "bin")}, env...)...)
	}
	out, code, files := install("ACTION_VERSION=v1.2.0")
	if code != 0 || !strings.Contains(out, "the release") || !strings.HasSuffix(files["GITHUB_PATH"], "/bin/bin\n") {
		t.Errorf("exit code %d, path %q\n%s", code, files["GITHUB_PATH"], out)
	}
	sum = strings.Repeat("0", 64)
	for _, tc := range []struct{ version, source, want string }{
		{"1.2.0", "", "is not the one that its checksum names"},
		{"9.9.9", "", "release 9.9.9 could not be fetched"},
		{"1.2.0; true", "", "is no version"},
		{"", "nowhere", "where no checkout of graphpact is"},
	} {
		out, code, files := install("ACTION_VERSION="+tc.version, "ACTION_SOURCE="+tc.source)
		if code != 2 || !strings.Contains(out, "::error title=graphpact::") || !strings.Contains(out, tc.want) || files["GITHUB_PATH"] != "" {
			t.Errorf("%+v: exit code %d\n%s", tc, code, out)
		}
	}
	gocache, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	caches := strings.Fields(string(gocache))
	out, code, _ = install("ACTION_SOURCE="+projectRoot(t), "GOCACHE="+caches[0], "GOMODCACHE="+caches[1], "GOFLAGS=-modcacherw")
	if code != 0 || !strings.Contains(out, "graphpact ") {
		t.Errorf("built: exit code %d\n%s", code, out)
	}
}

// releaseArchive is the archive of a release whose program only says its name.
func releaseArchive(t *testing.T) []byte {
	t.Helper()
	var data bytes.Buffer
	zip := gzip.NewWriter(&data)
	archive := tar.NewWriter(zip)
	text := "#!/bin/sh\necho the release\n"
	if err := archive.WriteHeader(&tar.Header{Name: "graphpact_1.2.0/bin/graphpact", Mode: 0o755, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(archive.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}
