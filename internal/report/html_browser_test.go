package report

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"graphpact/internal/result"
)

// browserVariable makes a missing browser or axe-core a failure; CI sets it.
const browserVariable = "GRAPHPACT_REQUIRE_BROWSER"

// missing skips the test, or fails it where the browser is required.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv(browserVariable) == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// startBrowser starts one headless Chromium for the subtests of t.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no browser is started")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		missing(t, "Chromium is not installed: report.html is not looked at in a browser")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	return ctx
}

// tab is a report that is open in a browser.
type tab struct {
	*testing.T
	ctx context.Context
	url string

	mu   sync.Mutex
	said []string // what must not happen: messages of the console, requests, dialogs
}

// openReport writes the run and opens it in a tab of its own, 1280 pixels wide and light.
func openReport(browser context.Context, t *testing.T, run *result.Run) *tab {
	t.Helper()
	path := filepath.Join(t.TempDir(), HTMLFile)
	if err := os.WriteFile(path, render(t, HTML, run), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	b := &tab{T: t, ctx: ctx, url: "file://" + path}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	b.scheme("light")
	b.open("")
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, s := range b.said {
			t.Errorf("the report must not: %s", s)
		}
	})
	return b
}

func (b *tab) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, fmt.Sprintf("write to the console: %s", ev.Type))
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, "throw: "+ev.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.said = append(b.said, "log: "+ev.Entry.Text)
	case *network.EventRequestWillBeSent:
		if url, _, _ := strings.Cut(ev.Request.URL, "#"); url != b.url && !strings.HasPrefix(url, "data:") {
			b.said = append(b.said, "request "+url)
		}
	case *page.EventJavascriptDialogOpening:
		b.said = append(b.said, "open a dialog: "+ev.Message)
	}
}

func (b *tab) open(fragment string) {
	b.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(b.url+fragment))
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// scheme is what the system prefers: light or dark.
func (b *tab) scheme(name string) {
	b.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		b.Fatal(err)
	}
}

// eval gives the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// becomes waits until an expression has the value.
func becomes[T comparable](b *tab, expression string, want T) {
	b.Helper()
	var got T
	for range 200 {
		if got = eval[T](b, expression); got == want {
			return
		}
		b.do(chromedp.Sleep(20 * time.Millisecond))
	}
	b.Errorf("%s is %v, want %v", expression, got, want)
}

const (
	visibleRows = `[...document.querySelectorAll('details.s')].filter((r) => r.checkVisibility()).map((r) => r.dataset.id).join(' ')`
	openRows    = `[...document.querySelectorAll('details.s[open]')].map((r) => r.dataset.id).join(' ')`
)

// filterBy writes a filter as a user does.
func (b *tab) filterBy(text string) {
	b.Helper()
	eval[any](b, `document.getElementById('q').focus(), document.getElementById('q').select()`)
	b.do(chromedp.KeyEvent(text))
}

func TestHTMLInABrowser(t *testing.T) {
	t.Parallel()
	browser := startBrowser(t)
	for _, tc := range []struct {
		name string
		test func(*tab)
	}{
		{"content", browserContent},
		{"filters", browserFilters},
		{"address", browserAddress},
		{"keys", browserKeys},
		{"themes", browserThemes},
		{"narrow", browserNarrow},
		{"paper", browserPaper},
		{"copy", browserCopy},
		{"without a script", browserWithoutScript},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.test(openReport(browser, t, pageRun())) })
	}
	t.Run("accessible", func(t *testing.T) { browserAccessible(browser, t) })
	t.Run("ten thousand scenarios", func(t *testing.T) { browserLarge(openReport(browser, t, largeRun(10_000))) })
}

func browserContent(b *tab) {
	becomes(b, `document.title`, "NOT CONFORMANT: Update provisioningFlow")
	becomes(b, `document.querySelector('h1').checkVisibility()`, true)
	becomes(b, `document.querySelectorAll('details.s').length`, 8)
	becomes(b, `document.querySelectorAll('.lines tbody tr').length`, 70)
	becomes(b, `document.querySelectorAll('.areas rect').length`, 8)
	becomes(b, `document.getElementById('L1.1-41').textContent.includes('PF-UPD-08')`, true)
	// Red, green and untested lines look different, and a line that promises nothing has no colour.
	colours := map[string]bool{}
	for _, line := range []int{41, 52, 35, 1} {
		colours[eval[string](b, fmt.Sprintf(`getComputedStyle(document.getElementById('L1.1-%d')).backgroundColor`, line))] = true
	}
	if len(colours) != 4 || !colours["rgba(0, 0, 0, 0)"] {
		b.Errorf("four kinds of line have the colours %v", colours)
	}
	// The verdicts beside a line are all to be seen.
	becomes(b, `[...document.querySelectorAll('.lines')].every((t) => t.parentElement.scrollWidth <= t.parentElement.clientWidth)`, true)
	// What a server sent is text.
	becomes(b, `document.querySelectorAll('script').length + document.querySelectorAll('img').length`, 1)
}

func browserFilters(b *tab) {
	const all = "PF-UPD-01[ready] PF-UPD-02 PF-UPD-08 PF-UPD-03 PF-UPD-19 PF-UPD-17 PF-UPD-20 PF-UPD-21"
	becomes(b, visibleRows, all)
	for _, tc := range []struct{ filter, want string }{
		{"verdict:fail", "PF-UPD-02 PF-UPD-08 PF-UPD-03"},
		{"-verdict:fail", "PF-UPD-01[ready] PF-UPD-19 PF-UPD-17 PF-UPD-20 PF-UPD-21"},
		{"verdict:fail,error -id:UPD-20", "PF-UPD-02 PF-UPD-08 PF-UPD-03 PF-UPD-21"},
		{"level:may", "PF-UPD-21"},
		{"level:must source:convention", "PF-UPD-17 PF-UPD-20"},
		{"class:status-drift", "PF-UPD-02 PF-UPD-08"},
		{"stale", "PF-UPD-17"},
		{`"two updates"`, "PF-UPD-20"},
		{"-documented -verdict:error", "PF-UPD-08 PF-UPD-03 PF-UPD-19 PF-UPD-17"},
		{"area:prefer", "PF-UPD-21"},
		{"nothing-has-this", ""},
	} {
		b.filterBy(tc.filter)
		becomes(b, visibleRows, tc.want)
	}
	becomes(b, `document.getElementById('shown').textContent`, "0 of 8 shown")
	b.do(chromedp.KeyEvent("\x1b"))
	becomes(b, visibleRows, all)

	fail := chromedp.CSS(`button[data-field="verdict"][data-value="fail"]`)
	pressed := `document.querySelector('button[data-value="fail"]').getAttribute('aria-pressed')`
	for _, want := range []struct{ pressed, q, rows string }{
		{"true", "verdict:fail", "PF-UPD-02 PF-UPD-08 PF-UPD-03"},
		{"mixed", "-verdict:fail", "PF-UPD-01[ready] PF-UPD-19 PF-UPD-17 PF-UPD-20 PF-UPD-21"},
		{"false", "", all},
	} {
		b.do(chromedp.Click(fail))
		becomes(b, pressed, want.pressed)
		becomes(b, `document.getElementById('q').value`, want.q)
		becomes(b, visibleRows, want.rows)
	}
	b.do(chromedp.Click(chromedp.CSS(`.t-error a`)))
	becomes(b, visibleRows, "PF-UPD-20 PF-UPD-21")
}

func browserAddress(b *tab) {
	b.open("#PF-UPD-03")
	becomes(b, openRows, "PF-UPD-03")
	becomes(b, `document.activeElement.closest('details').id`, "PF-UPD-03")
	b.open("#?verdict:fail%20-id:PF-UPD-03")
	becomes(b, visibleRows, "PF-UPD-02 PF-UPD-08")
	// An address inside of what the filter hides shows it.
	b.do(chromedp.Click(chromedp.CSS(`#untested ~ ul a.chip`)))
	becomes(b, openRows, "PF-UPD-17")
	b.open("#PF-UPD-02~x2")
	becomes(b, openRows, "PF-UPD-02")
	b.open("#L1.1-41")
	becomes(b, `document.getElementById('L1.1-41').getBoundingClientRect().top >= 0`, true)
	b.filterBy("stale")
	becomes(b, `location.hash`, "#?stale")
}

func browserKeys(b *tab) {
	press := func(keys string) {
		for _, k := range keys {
			b.do(chromedp.KeyEvent(string(k)))
		}
	}
	press("j")
	becomes(b, openRows, "PF-UPD-01[ready]")
	press("jj")
	becomes(b, openRows, "PF-UPD-08")
	press("k")
	becomes(b, openRows, "PF-UPD-02")
	press("nnn")
	becomes(b, openRows, "PF-UPD-19") // the next that did not pass
	press("n")
	becomes(b, openRows, "PF-UPD-20")
	press("p")
	becomes(b, openRows, "PF-UPD-19")
	becomes(b, `location.hash`, "#PF-UPD-19")
	press("/")
	becomes(b, `document.activeElement.id`, "q")
	eval[any](b, `document.getElementById('q').select()`)
	press("jj")
	becomes(b, `document.getElementById('q').value`, "jj") // in the filter, keys are letters
	b.do(chromedp.KeyEvent("\x1b"), chromedp.Click(chromedp.CSS(".help summary")), chromedp.Click(chromedp.ID("keys")))
	press("j")
	becomes(b, openRows, "PF-UPD-19") // the keys are off
	b.do(chromedp.Click(chromedp.ID("next")))
	becomes(b, openRows, "PF-UPD-17")
	b.do(chromedp.Click(chromedp.ID("prev")))
	becomes(b, openRows, "PF-UPD-19")
	b.do(chromedp.Click(chromedp.ID("bad")))
	becomes(b, openRows, "PF-UPD-20")
	// Space opens and closes what has the focus.
	b.do(chromedp.KeyEvent(" "))
	becomes(b, openRows, "")
}

const background = `getComputedStyle(document.body).backgroundColor`

func browserThemes(b *tab) {
	light := eval[string](b, background)
	b.scheme("dark")
	dark := eval[string](b, background)
	if light == dark {
		b.Fatalf("dark is as light: %s", dark)
	}
	for _, want := range []string{light, dark, dark} { // light, dark, and the system's again
		b.do(chromedp.Click(chromedp.ID("theme")))
		becomes(b, background, want)
	}
	b.scheme("light")
	becomes(b, background, light)
	b.do(chromedp.Click(chromedp.ID("theme")), chromedp.Click(chromedp.ID("theme")))
	becomes(b, background, dark)
	b.open("")
	becomes(b, background, dark) // it is kept
	eval[any](b, `localStorage.clear()`)
}

func browserNarrow(b *tab) {
	b.do(chromedp.EmulateViewport(390, 800))
	becomes(b, `document.documentElement.scrollWidth`, 390)
	eval[any](b, `document.querySelectorAll('details').forEach((d) => { d.open = true; })`)
	becomes(b, `document.documentElement.scrollWidth`, 390)
}

func browserPaper(b *tab) {
	b.scheme("dark")
	if _, err := chromedp.Run(b.ctx, chromedp.PrintToPDF()); err != nil {
		b.Fatal(err)
	}
	becomes(b, openRows, "") // closed again
	eval[any](b, `dispatchEvent(new Event('beforeprint'))`)
	becomes(b, openRows, "PF-UPD-02 PF-UPD-08 PF-UPD-03 PF-UPD-19 PF-UPD-20 PF-UPD-21")
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: "print", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	}); err != nil {
		b.Fatal(err)
	}
	becomes(b, background, "rgb(255, 255, 255)")
	becomes(b, `document.querySelector('.bar').checkVisibility() || document.querySelector('.top').checkVisibility()`, false)
}

func browserCopy(b *tab) {
	b.open("#PF-UPD-02")
	b.do(chromedp.Click(chromedp.CSS("#PF-UPD-02 .issue summary")), chromedp.Click(chromedp.CSS("#PF-UPD-02 .issue [data-copy]")))
	becomes(b, `document.querySelector('#PF-UPD-02 .issue [data-copy]').textContent`, "Copied")
	text := eval[string](b, `document.querySelector('#PF-UPD-02 .issue pre').textContent`)
	for _, want := range []string{"PF-UPD-02 the status is the documented one: fail", "https://graph.example/beta", "2026-11-23 16:00:00 UTC", "expected  200", "actual    204", "OData 4.01 Protocol 11.4.3", "PATCH https://", "curl -sS", "graphpact run --endpoint"} {
		if !strings.Contains(text, want) {
			b.Errorf("the text for an issue lacks %q:\n%s", want, text)
		}
	}
}

func browserWithoutScript(b *tab) {
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		b.Fatal(err)
	}
	b.open("#PF-UPD-02~x2")
	becomes(b, `document.querySelector('h1').checkVisibility() && document.querySelectorAll('details.s').length === 8`, true)
	becomes(b, `document.querySelector('.bar').checkVisibility()`, false)
	becomes(b, openRows, "PF-UPD-02") // the browser itself opens what an address is inside of
	becomes(b, `document.querySelector('#PF-UPD-02 .diff').checkVisibility()`, true)
}

// browserAccessible asks axe-core what keeps people from using the report.
func browserAccessible(browser context.Context, t *testing.T) {
	found, err := filepath.Glob("../../.tools/axe-core-*.min.js")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		missing(t, "axe-core is not there: `make axe` fetches it")
	}
	axe, err := os.ReadFile(found[len(found)-1])
	if err != nil {
		t.Fatal(err)
	}
	every := pageRun() // a run with every verdict
	every.Requirements = append(every.Requirements, unsteadyRun().Requirements[1], waivedRun().Requirements[2])
	every.Requirements[8].ID = "PF-UPD-30"
	every.Requirements[9].ID = "PF-UPD-31"
	every.Probes = []result.Probe{{URL: sampleURL, LagMS: 1500, Properties: []result.ProbedProperty{{Name: "readinessStatus", Outcome: "taken"}}}}
	every.Totals = result.Count(every.Requirements)
	for _, s := range []struct {
		name string
		run  *result.Run
	}{{"every verdict", every}, {"empty", emptyRun()}, {"a conformant run", passRun()}} {
		t.Run(s.name, func(t *testing.T) {
			b := openReport(browser, t, s.run)
			eval[any](b, string(axe)+`; document.querySelectorAll('details').forEach((d) => { d.open = true; }); 1`)
			for _, scheme := range []string{"light", "dark"} {
				b.scheme(scheme)
				violations := eval[[]string](b, `axe.run({ resultTypes: ['violations'] }).then((r) => r.violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => v.id + ' (' + v.impact + '): ' + n.html.slice(0, 150) + ' ' + n.failureSummary)))`)
				for _, v := range violations {
					t.Errorf("%s: %s", scheme, v)
				}
			}
		})
	}
}

func browserLarge(b *tab) {
	becomes(b, `document.getElementById('shown').textContent`, "10000 of 10000 shown")
	b.filterBy("verdict:fail -id:PF-UPD-9")
	becomes(b, `document.getElementById('shown').textContent`, "889 of 10000 shown")
	b.do(chromedp.KeyEvent("\x1b"))
	becomes(b, `document.getElementById('shown').textContent`, "10000 of 10000 shown")
	b.do(chromedp.Click(chromedp.ID("bad")))
	becomes(b, openRows, "PF-UPD-00")
}
