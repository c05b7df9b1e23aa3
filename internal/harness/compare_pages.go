package harness

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"graphpact/internal/contract"
	"graphpact/internal/contractdiff"
	"graphpact/internal/convention"
	"graphpact/internal/pageset"
	"graphpact/internal/readlimit"
)

// Side is one side of a comparison.
type Side struct {
	// Pages are a file, a folder, a pattern, or REV:PATH in a git checkout.
	Pages string
	// Reading says how they are read; each file beside them may be REV:PATH too.
	Reading
}

// pageSource is where the pages of one side of a comparison are.
type pageSource struct {
	pageReader
	files []pageset.File
	// revision is nil for pages on disk.
	revision *pageset.Revision
}

// openSource finds the pages of a side, and opens what is read beside them.
func openSource(ctx context.Context, side Side, git pageset.Git) (*pageSource, error) {
	conv, err := convention.Load()
	if err != nil {
		return nil, err
	}
	s := &pageSource{pageReader: pageReader{conventions: conv, requestLine: side.RequestLine}}
	home := treePlace{}
	if r, ok := pageset.ParseRevision(side.Pages, git); ok {
		s.files, err = r.Find(ctx)
		s.read = func(name string) ([]byte, error) { return r.Read(ctx, name, readlimit.Settings) }
		s.revision, home = r, inRevision(ctx, r)
	} else {
		s.files, s.read, err = findPages([]string{side.Pages})
	}
	if err != nil {
		return nil, err
	}
	s.beside, err = side.openIn(home, func(name string) (treePlace, string, error) {
		r, ok := pageset.ParseRevision(name, git)
		if !ok {
			return treePlace{}, "", nil
		}
		if err := r.Resolve(ctx); err != nil {
			return treePlace{}, "", err
		}
		return inRevision(ctx, r), cmp.Or(r.Path, "."), nil
	})
	return s, err
}

func (s *pageSource) version(p *PageRead) string {
	if s.revision == nil {
		return pageset.Version(p.Path)
	}
	return pageset.Version(strings.TrimPrefix(p.Path, s.revision.Name+":"))
}

// ComparePages says what the pages of one side change against those of another. Pages are paired
// by their place below it; one that is gone is paired with a new one of the same operation. Each
// pair is read, compared and forgotten before the next ones. What a page refers to is read from
// where the page is: the resource pages of a revision from the revision.
func ComparePages(ctx context.Context, before, after Side, git pageset.Git) (*contractdiff.Report, error) {
	o, err := openSource(ctx, before, git)
	if err != nil {
		return nil, err
	}
	defer o.beside.close()
	n, err := openSource(ctx, after, git)
	if err != nil {
		return nil, err
	}
	defer n.beside.close()
	report := contractdiff.NewReport()
	var gone, added []*PageRead
	work := func(p pagePair) pagePair {
		if p.oldFile != nil {
			p.old = o.page(*p.oldFile)
		}
		if p.newFile != nil {
			p.new = n.page(*p.newFile)
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
	movedOrGone(report, o, n, gone, added)
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
func movedOrGone(report *contractdiff.Report, before, after *pageSource, gone, added []*PageRead) {
	key := func(side *pageSource, p *PageRead) string {
		if p.Operation == nil {
			return ""
		}
		return contractdiff.Key(p.Operation, side.version(p))
	}
	for _, o := range gone {
		was := key(before, o)
		i := slices.IndexFunc(added, func(n *PageRead) bool { return was != "" && key(after, n) == was })
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
