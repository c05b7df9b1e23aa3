//go:build unix

package contract

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldtext "github.com/yuin/goldmark/text"

	"graphpact/internal/graphdoc"
)

// BenchmarkContract reads the same pages in turn in three ways: as Markdown alone, to the page,
// and to the contract with its schemas. "x-parse" and "x-contract" are what the second and the
// third cost, the first counted as 1: medians over the turns, of the time that the processor works, so
// that a busy machine changes them little.
// The goals are 3 and 4.5.
func BenchmarkContract(b *testing.B) {
	conv := conventions(b)
	files, err := filepath.Glob("../../../shared/docs/*/api-reference/*/api/*update*.md")
	if err != nil {
		b.Fatal(err)
	}
	if len(files) == 0 {
		files = []string{fixturePage, widgetPage, lanternPage}
	}
	var pages [][]byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		pages = append(pages, data)
	}
	parse := func(i int) *graphdoc.Page {
		p, err := graphdoc.Parse(files[i], pages[i])
		if err != nil {
			b.Fatal(err)
		}
		return p
	}
	ways := []func(i int){
		func(i int) {
			goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(goldtext.NewReader(pages[i]))
		},
		func(i int) { parse(i) },
		func(i int) {
			o, err := FromRequestLine(parse(i), conv, 0)
			if err != nil {
				return // a page without a path is refused
			}
			if _, err := Schemas(o, conv); err != nil {
				b.Fatal(err)
			}
		},
	}
	ratios := make([][]float64, len(ways))
	for b.Loop() {
		times := make([]time.Duration, len(ways))
		for w, way := range ways {
			runtime.GC()
			begin := processorTime(b)
			for i := range pages {
				way(i)
			}
			times[w] = processorTime(b) - begin
			ratios[w] = append(ratios[w], float64(times[w])/float64(times[0]))
		}
	}
	for w, unit := range []string{1: "x-parse", 2: "x-contract"} {
		if unit != "" {
			slices.Sort(ratios[w])
			b.ReportMetric(ratios[w][len(ratios[w])/2], unit)
		}
	}
}

// processorTime is the time that the processor has worked for this process, garbage collection
// included.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
