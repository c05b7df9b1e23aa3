package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"graphpact/internal/harness"
)

// The variables that say which of several jobs this is: those of GitLab CI, whose index is
// from 1, and that of an Indexed Job of Kubernetes, which is from 0.
const (
	envNodeIndex       = "CI_NODE_INDEX"
	envNodeTotal       = "CI_NODE_TOTAL"
	envCompletionIndex = "JOB_COMPLETION_INDEX"
)

// shardOptions say which part of the scenarios is run.
type shardOptions struct{ text string }

func (o *shardOptions) declare(fs *pflag.FlagSet) {
	fs.StringVar(&o.text, "shard", "", "run part `I/N` of the scenarios, as 2/5; auto takes I and N from "+envNodeIndex+" and "+envNodeTotal+
		", auto/N takes I from "+envCompletionIndex+"; `graphpact merge` puts the reports together")
	mark(fs, notRepeated, "shard")
	mark(fs, notShown, "shard")
}

// shard is the part that is meant, the zero Shard for all scenarios.
func (o *shardOptions) shard(env func(string) (string, bool)) (s harness.Shard, err error) {
	if o.text == "" {
		return s, nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("--shard %s: %w", o.text, err)
		}
	}()
	index, total, both := strings.Cut(o.text, "/")
	indexName, totalName := "", ""
	switch {
	case index == "auto" && both:
		v, _ := env(envCompletionIndex)
		n, err := strconv.Atoi(v)
		switch {
		case v == "":
			return s, fmt.Errorf("the variable %s is not set; it says which Pod of an Indexed Job this is", envCompletionIndex)
		case err != nil || n < 0:
			return s, fmt.Errorf("the variable %s is %q, and must be a number from 0", envCompletionIndex, v)
		}
		index = strconv.Itoa(n + 1)
	case index == "auto":
		indexName, totalName = "the variable "+envNodeIndex+": ", "the variable "+envNodeTotal+": "
		index, _ = env(envNodeIndex)
		total, _ = env(envNodeTotal)
		switch {
		case total == "":
			return s, fmt.Errorf("the variables %s and %s are not set; write --shard I/N", envNodeIndex, envNodeTotal)
		case index == "" && total == "1": // GitLab CI sets no index in a job that is not run in parallel
			index = "1"
		}
	case !both:
		return s, errors.New("write it as I/N, as 2/5, or as auto or auto/N")
	}
	var err2 error
	s.Index, err = shardNumber(index, indexName)
	s.Count, err2 = shardNumber(total, totalName)
	switch err = errors.Join(err, err2); {
	case err != nil || s.Index <= s.Count:
		return s, err
	case indexName != "":
		return s, fmt.Errorf("%s is %d, and %s is %d", envNodeIndex, s.Index, envNodeTotal, s.Count)
	}
	return s, fmt.Errorf("this is part %d, and there are %d", s.Index, s.Count)
}

// shardNumber reads a number; name is what it is called in an error.
func shardNumber(text, name string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > harness.MaxShards {
		return 0, fmt.Errorf("%s%q is no number from 1 to %d", name, text, harness.MaxShards)
	}
	return n, nil
}
