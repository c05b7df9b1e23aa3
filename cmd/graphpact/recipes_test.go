package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"graphpact/internal/cli"
)

// TestRecipes: each recipe is YAML, and each line of graphpact in it and in the pages beside
// it has flags and commands that there are.
func TestRecipes(t *testing.T) {
	root := projectRoot(t)
	recipes, err := filepath.Glob(filepath.Join(root, "docs/recipes/*.yml"))
	if err != nil || len(recipes) < 3 {
		t.Fatalf("%v, %q", err, recipes)
	}
	for _, file := range recipes {
		var parsed any
		if err := yaml.Unmarshal(contentOf(t, file), &parsed); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	folded := regexp.MustCompile(`>-\n +`)
	next := regexp.MustCompile(`\\?\n {6,}(--)`)
	line := regexp.MustCompile(`(?m)^(?:    |.*(?:run: |- |# {2,}))graphpact ((?:run|merge|compare|rerun|statement|check) [^#\n|]*)`)
	lines := 0
	for _, file := range append(recipes, filepath.Join(root, "docs/runs.md")) {
		text := folded.ReplaceAllString(string(contentOf(t, file)), "")
		text = next.ReplaceAllString(text, " $1")
		for _, m := range line.FindAllStringSubmatch(text, -1) {
			lines++
			helps(t, file, strings.Fields(m[1]))
		}
	}
	if lines < 7 {
		t.Errorf("only %d lines of graphpact were found", lines)
	}
}

func helps(t *testing.T, file string, args []string) {
	t.Helper()
	if i := slices.Index(args, "&&"); i >= 0 {
		args = args[:i]
	}
	var out bytes.Buffer
	if code := cli.Run(t.Context(), append(args, "--help"), nil, nil, &out, &out); code != cli.ExitConformant {
		t.Errorf("%s: graphpact %s: exit code %d, %s", filepath.Base(file), strings.Join(args, " "), code, out.String())
	}
}

// TestJobRecipe plays the Indexed Job as far as that goes without a cluster: the arguments of
// its container for each index, which the endpoint alone is not the one of, and the exit codes
// that its policy goes by.
func TestJobRecipe(t *testing.T) {
	root := projectRoot(t)
	var job struct {
		Spec struct {
			CompletionMode       string `yaml:"completionMode"`
			Completions          int
			BackoffLimitPerIndex int `yaml:"backoffLimitPerIndex"`
			PodFailurePolicy     struct {
				Rules []struct {
					Action      string
					OnExitCodes struct {
						ContainerName string `yaml:"containerName"`
						Values        []int
					} `yaml:"onExitCodes"`
				}
			} `yaml:"podFailurePolicy"`
			Template struct {
				Spec struct {
					RestartPolicy string `yaml:"restartPolicy"`
					Containers    []struct {
						Name    string
						Command []string
						Args    []string
					}
				}
			}
		}
	}
	if err := yaml.Unmarshal(contentOf(t, filepath.Join(root, "docs/recipes/shards-job.yml")), &job); err != nil {
		t.Fatal(err)
	}
	// What Kubernetes asks of a Job with such a policy.
	if s := job.Spec; s.CompletionMode != "Indexed" || s.Template.Spec.RestartPolicy != "Never" || s.BackoffLimitPerIndex < 1 {
		t.Errorf("%+v", s)
	}
	actions := map[int]string{}
	container := job.Spec.Template.Spec.Containers[0]
	for _, r := range job.Spec.PodFailurePolicy.Rules {
		for _, code := range r.OnExitCodes.Values {
			actions[code] = r.Action
			if r.OnExitCodes.ContainerName != container.Name {
				t.Errorf("the rule of exit code %d is of container %q", code, r.OnExitCodes.ContainerName)
			}
		}
	}
	for code, want := range map[int]string{cli.ExitNotConformant: "FailIndex", cli.ExitNothingRan: "FailIndex", cli.ExitUsage: "FailJob", cli.ExitTarget: "Count"} {
		if actions[code] != want {
			t.Errorf("exit code %d: %q, want %s", code, actions[code], want)
		}
	}
	dir := t.TempDir()
	for index := range job.Spec.Completions {
		n := strconv.Itoa(index)
		var args []string
		for _, a := range append(slices.Clone(container.Command[1:]), container.Args...) {
			a = strings.ReplaceAll(a, "$(JOB_COMPLETION_INDEX)", n)
			if name, _, _ := strings.Cut(a, "="); slices.Contains([]string{"--endpoint", "--allow-host", "--yes", "--doc", "--param"}, name) {
				continue // the mock in the program is the target here
			}
			args = append(args, strings.Replace(a, "--out=/reports", "--out="+dir, 1))
		}
		quiet(t, 0, []string{"JOB_COMPLETION_INDEX=" + n}, append(args, "--no-pact", "--only", "UPD-02,UPD-22")...)
	}
	if out := quiet(t, 0, nil, "merge", filepath.Join(dir, "shards"), "--out", filepath.Join(dir, "all")); !strings.Contains(out, "2 scenarios passed") {
		t.Error(out)
	}
}

func contentOf(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
