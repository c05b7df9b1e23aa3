package harness

import (
	"cmp"
	"context"
	"slices"

	"graphpact/internal/contract"
	"graphpact/internal/contractdiff"
	"graphpact/internal/convention"
	"graphpact/internal/pageset"
	"graphpact/internal/readlimit"
)

// pageSource is where the pages of one side of a comparison are.
type pageSource struct {
	files []pageset.File
	read  func(name string) ([]byte, error)
	// revision is set where the pages are those of a revision: what they link to is not read.
	revision bool
}

func openSource(ctx context.Context, arg string, git pageset.Git) (*pageSource, error) {
	if r, ok := pageset.ParseRevision(arg, git); ok {
		files, err := r.Find(ctx)
		return &pageSource{files, func(name string) ([]byte, error) { return r.Read(ctx, name, readlimit.Settings) }, true}, err
	}
	files, read, err := findPages([]string{arg})
	return &pageSource{files, read, false}, err
}

// ComparePages says what the pages of one place change against those of another: each a file, a
// folder, a pattern, or REV:PATH in a git checkout. Pages are paired by their place below it;
// one that is gone is paired with a new one of the same operation. Each pair is read, compared
// and forgotten before the next ones.
func ComparePages(ctx context.Context, before, after string, git pageset.Git, conv *convention.Set) (*contractdiff.Report, error) {
	o, err := openSource(ctx, before, git)
	if err != nil {
		return nil, err
	}
	n, err := openSource(ctx, after, git)
	if err != nil {
		return nil, err
	}
	// The resource pages that pages link to count on both sides, or on none.
	beside, err := Beside{}.open(!o.revision && !n.revision)
	if err != nil {
		return nil, err
	}
	defer beside.close()
	report := contractdiff.NewReport()
	var gone, added []*PageRead
	work := func(p pagePair) pagePair {
		if p.oldFile != nil {
			p.old = (&pageReader{conventions: conv, read: o.read, beside: beside}).page(*p.oldFile)
		}
		if p.newFile != nil {
			p.new = (&pageReader{conventions: conv, read: n.read, beside: beside}).page(*p.newFile)
		}
		return p
	}
	err = inOrder(ctx, pairs(o.files, n.files), work, func(p pagePair) error {
		switch was, is := p.old.counts(), p.new.counts(); {
		case was && is:
			report.Add(p.new.Path, compared(p.old, p.new))
		case was:
			p.old.Data = nil
			gone = append(gone, p.old)
		case is:
			p.new.Data = nil
			added = append(added, p.new)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	movedOrGone(report, gone, added)
	report.Sort()
	return report, nil
}

// pagePair is a page on both sides, or on one.
type pagePair struct {
	oldFile, newFile *pageset.File
	old, new         *PageRead
}

// pairs pairs files by their place; two single files are a pair whatever they are called.
func pairs(before, after []pageset.File) []pagePair {
	if len(before) == 1 && len(after) == 1 && before[0].Named && after[0].Named {
		return []pagePair{{oldFile: &before[0], newFile: &after[0]}}
	}
	byRel := map[string]*pagePair{}
	at := func(rel string) *pagePair {
		if byRel[rel] == nil {
			byRel[rel] = &pagePair{}
		}
		return byRel[rel]
	}
	for i := range before {
		at(before[i].Rel).oldFile = &before[i]
	}
	for i := range after {
		at(after[i].Rel).newFile = &after[i]
	}
	out := make([]pagePair, 0, len(byRel))
	for _, p := range byRel {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b pagePair) int { return cmp.Compare(a.rel(), b.rel()) })
	return out
}

func (p pagePair) rel() string {
	if p.newFile != nil {
		return p.newFile.Rel
	}
	return p.oldFile.Rel
}

// counts reports whether there is a page of an update.
func (p *PageRead) counts() bool { return p != nil && !p.PassedOver }

// compared compares a page that is on both sides.
func compared(o, n *PageRead) []contractdiff.Change {
	switch {
	case o.Refused != nil && n.Refused != nil:
		return nil
	case n.Refused != nil:
		return []contractdiff.Change{contractdiff.Whole(contractdiff.ContractLost, "The page gives no contract any more: %s", n.Refused)}
	case o.Refused != nil:
		return []contractdiff.Change{contractdiff.Whole(contractdiff.ContractGained, "The page gives a contract now: %s", n.Operation.Name())}
	}
	return contractdiff.Compare(o.Operation, n.Operation)
}

// movedOrGone pairs pages that are on one side alone by version, operation and type.
func movedOrGone(report *contractdiff.Report, gone, added []*PageRead) {
	key := func(p *PageRead) string {
		if p.Operation == nil {
			return ""
		}
		return contractdiff.Key(p.Operation, pageset.Version(p.Path))
	}
	for _, o := range gone {
		i := slices.IndexFunc(added, func(n *PageRead) bool { return key(n) != "" && key(n) == key(o) })
		if i < 0 {
			report.Add(o.Path, []contractdiff.Change{contractdiff.Whole(contractdiff.PageRemoved, "The page is gone%s.", ofOperation(o.Operation))})
			continue
		}
		n := added[i]
		added = slices.Delete(added, i, i+1)
		moved := contractdiff.Whole(contractdiff.PageMoved, "The page was %s.", o.Rel)
		report.Add(n.Path, append(contractdiff.Compare(o.Operation, n.Operation), moved))
	}
	for _, n := range added {
		report.Add(n.Path, []contractdiff.Change{contractdiff.Whole(contractdiff.PageAdded, "The page is new%s.", ofOperation(n.Operation))})
	}
}

func ofOperation(op *contract.Operation) string {
	if op == nil {
		return ", and gives no contract"
	}
	return ": " + op.Name()
}
