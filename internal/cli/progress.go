package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"graphpact/internal/safetext"
)

// progress tells how far a run is: on a terminal in one line that is written over, elsewhere
// in a plain line now and then. It has no more than a few scenarios to tell of: a short run
// ends without a word.
type progress struct {
	w        io.Writer
	terminal bool
	total    int
	// unit is what is counted, in the plural.
	unit string
	now  func() time.Time

	mu            sync.Mutex
	done          int
	started, told time.Time
	drawn         bool
}

// When progress is told: on a terminal after the first seconds, elsewhere each half minute.
const (
	drawAfter = 2 * time.Second
	tellEach  = 30 * time.Second
)

// newProgress begins to count; total is how many of the unit there are.
func (a *app) newProgress(total int, unit string) *progress {
	p := &progress{w: a.stderr, terminal: isTerminal(a.stderr) && !a.dumb(), total: total, unit: unit, now: time.Now}
	p.begin()
	return p
}

// begin starts the clock: what came before the first scenario says nothing of the rest.
func (p *progress) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started = p.now()
	p.told = p.started
}

// around calls show, which prints a scenario that has ended, with the line out of its way, and
// then tells how far the run is.
func (p *progress) around(show func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	show()
	p.done++
	now := p.now()
	switch {
	case p.done >= p.total:
	case p.terminal && now.Sub(p.started) >= drawAfter:
		fmt.Fprint(p.w, p.fitting(now))
		p.drawn = true
	case !p.terminal && now.Sub(p.told) >= tellEach:
		p.told = now
		fmt.Fprintf(p.w, "graphpact: %s\n", p.text(now))
	}
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

// fitting is the text in one row of the terminal, as wide as that is now: what goes over the edge
// could not be taken away.
func (p *progress) fitting(now time.Time) string {
	text := p.text(now)
	if width := terminalWidth(p.w); width > 0 {
		text, _ = safetext.CutColumns(text, max(width-1, 1))
	}
	return text
}

// text says how much is done, and how much time is left if the rest takes as long each.
func (p *progress) text(now time.Time) string {
	left := now.Sub(p.started) / time.Duration(p.done) * time.Duration(p.total-p.done)
	return fmt.Sprintf("%d of %d %s, about %s left", p.done, p.total, p.unit, roughly(left))
}

// roughly gives a time without more digits than are known of it.
func roughly(d time.Duration) string {
	switch {
	case d >= 10*time.Minute:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
	case d >= time.Minute:
		d = d.Round(10 * time.Second)
		return fmt.Sprintf("%d min %d s", int(d/time.Minute), int(d%time.Minute/time.Second))
	}
	return fmt.Sprintf("%d s", max(int(d.Round(time.Second)/time.Second), 1))
}
