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
func (o *shardOptions) shard(env func(string) (string, bool)) (harness.Shard, error) {
	if o.text == "" {
		return harness.Shard{}, nil
	}
	index, total, both := strings.Cut(o.text, "/")
	var s harness.Shard
	var err error
	switch {
	case index == "auto" && both:
		if s.Count, err = shardNumber(total, "--shard "+o.text); err != nil {
			return s, err
		}
		v, ok := env(envCompletionIndex)
		if !ok || v == "" {
			return s, fmt.Errorf("--shard %s: the variable %s is not set; it says which Pod of an Indexed Job this is", o.text, envCompletionIndex)
		}
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return s, fmt.Errorf("--shard %s: the variable %s is %q, and must be a number from 0", o.text, envCompletionIndex, v)
		}
		s.Index = n + 1
	case index == "auto":
		return o.fromNodes(env)
	case both:
		if s.Index, err = shardNumber(index, "--shard "+o.text); err != nil {
			return s, err
		}
		if s.Count, err = shardNumber(total, "--shard "+o.text); err != nil {
			return s, err
		}
	default:
		return s, fmt.Errorf("--shard %q: write it as I/N, as 2/5, or as auto or auto/N", o.text)
	}
	if s.Index > s.Count {
		return s, fmt.Errorf("--shard %s: this is part %d, and there are %d", o.text, s.Index, s.Count)
	}
	return s, nil
}

// fromNodes takes both numbers from the variables of GitLab CI, which sets no index in a job
// that is not run in parallel.
func (o *shardOptions) fromNodes(env func(string) (string, bool)) (harness.Shard, error) {
	var s harness.Shard
	total, _ := env(envNodeTotal)
	index, _ := env(envNodeIndex)
	if total == "" {
		return s, fmt.Errorf("--shard auto: the variables %s and %s are not set; write --shard I/N", envNodeIndex, envNodeTotal)
	}
	if index == "" && total == "1" {
		index = "1"
	}
	var err, err2 error
	s.Index, err = shardNumber(index, "the variable "+envNodeIndex)
	s.Count, err2 = shardNumber(total, "the variable "+envNodeTotal)
	if err := errors.Join(err, err2); err != nil {
		return s, fmt.Errorf("--shard auto: %w", err)
	}
	if s.Index > s.Count {
		return s, fmt.Errorf("--shard auto: %s is %d, and %s is %d", envNodeIndex, s.Index, envNodeTotal, s.Count)
	}
	return s, nil
}

func shardNumber(text, where string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > harness.MaxShards {
		return 0, fmt.Errorf("%s: %q is no number from 1 to %d", where, text, harness.MaxShards)
	}
	return n, nil
}
