// Package lint judges reference pages as documents: each finding of a page under the stable
// id of a rule, with a level and with what to do. The findings of one page come from package
// contract; the rules that need more than one page stand here.
package lint

import (
	"cmp"
	"slices"

	"graphpact/internal/contract"
	"graphpact/internal/sarif"
)

// Level is how much a finding weighs.
type Level = sarif.Level

// Rule is an entry of the catalogue.
type Rule struct {
	// ID is the stable name, as "todo-marker": reports, baselines and services know it.
	ID    string
	Level Level
	// Kind says whether a finding blames the page, or says what was assumed.
	Kind contract.FindingKind
	// Summary is one sentence that says what is so.
	Summary string
	// Fix says what the author of the page can do.
	Fix string
}

// The rules of this package.
const (
	// RulePageRefused is a page without a contract.
	RulePageRefused = "page-refused"
	// RuleVersionMixed is a page of one version of the API that shows another version.
	RuleVersionMixed = "version-mixed"
	// RuleNotInContents is a page that no table of contents names.
	RuleNotInContents = "not-in-contents"
	// RuleOperationRepeated is an operation that two pages of a version document.
	RuleOperationRepeated = "operation-repeated"
)

// own are the rules of this package.
func own() []Rule {
	return []Rule{
		{RulePageRefused, sarif.Error, contract.Defect, "The page gives no contract.",
			"Do what the message says. A page of an update needs a request line in a code block below \"## HTTP request\"."},
		{RuleVersionMixed, sarif.Warning, contract.Defect, "A page of one version of the API shows a URL of another version.",
			"Write the version of the folder that the page is in."},
		{RuleNotInContents, sarif.Warning, contract.Defect, "No table of contents names the page.",
			"Add the page to the toc.yml of its folder, or to the one above it."},
		{RuleOperationRepeated, sarif.Warning, contract.Defect, "Two pages of one version document the same request.",
			"Keep one of the pages, or name on each what tells its request apart, as the derived type in the path."},
	}
}

// advice is the level of a class of findings, and what to do about it.
type advice struct {
	level Level
	fix   string
}

// adviceOn gives the advice on the classes of package contract. Error: the page contradicts
// itself, and a reader cannot know what holds. Warning: it departs from the style of the
// reference. Note: an assumption, which is no defect.
func adviceOn() map[string]advice {
	const (
		e = sarif.Error
		w = sarif.Warning
		n = sarif.Note
	)
	return map[string]advice{
		contract.ClassTodoMarker:            {w, "Write what the marker stands for, or take it out."},
		contract.ClassPlaceholderValue:      {w, "Show a real value in the example, of the type that the table names."},
		contract.ClassExampleOutsideEnum:    {e, "Show a member of the enum in the example, or add the member to the list."},
		contract.ClassExampleWrongType:      {e, "Make the example agree with the type in the table, or mend the type."},
		contract.ClassExampleNotJSON:        {e, "Write the body as JSON: no trailing comma, straight quotes, no comment."},
		contract.ClassServerSetListed:       {w, "Take the property out of the table of the request body, or say in its row that it cannot be updated."},
		contract.ClassServerSetSent:         {w, "Take the property out of the request example."},
		contract.ClassSentinelSettable:      {n, "Say that the sentinel is never sent, or leave it out of the values to send."},
		contract.ClassBoundUnread:           {n, "Write the limit in a common form, as \"Maximum length is 128\" or \"Valid values 4 to 14\"."},
		contract.ClassEnumMemberRepeated:    {w, "List each member once."},
		contract.ClassPropertyNotListed:     {n, "Add a row for the property to the table, or take it out of the example."},
		contract.ClassPropertyRepeated:      {w, "Keep one row for each property."},
		contract.ClassTableMissing:          {w, "Add a table Property, Type, Description below \"## Request body\"."},
		contract.ClassAnnotationWithoutType: {w, "Add \"@odata.type\" to the annotation above the response example."},
		contract.ClassAnnotationInvalid:     {w, "Write the annotation as JSON."},
		contract.ClassFrontMatter:           {w, "Write the front matter as YAML between two lines of three hyphens."},
		contract.ClassTableGlued:            {w, "Put a blank line above the table."},
		contract.ClassTableUnreadable:       {e, "Write a header row and a delimiter row with as many cells."},
		contract.ClassTableUnknown:          {w, "Give the table a column \"Property\"."},
		contract.ClassRowSplit:              {w, "Write the row on one line; use <br> for a break."},
		contract.ClassRowOverflow:           {w, "Escape the pipe in the cell as \\|, or take the extra cell out."},
		contract.ClassRowStray:              {w, "Take the row out of the table, or name its property."},
		contract.ClassEnumRange:             {n, "List each value."},
		contract.ClassRequestLine:           {e, "Write the line as a method and a path, as PATCH /rooms/{roomId}."},
		contract.ClassExampleUnreadable:     {w, "Begin the request example with method and URL, the response example with HTTP/1.1 and the status."},
		contract.ClassExampleURL:            {w, "Make the URL of the example one of the request lines, with real keys in the place of the parameters."},
		contract.ClassRequestMethod:         {w, "Begin the line with its method, as PATCH /rooms/{roomId}."},
		contract.ClassTableElsewhere:        {n, "Put the table of the properties to send below \"## Request body\"."},
		contract.ClassPathLiteralKey:        {w, "Put a parameter in braces in the place of the key, as {roomId}."},
		contract.ClassPathParameterUnmarked: {w, "Put the parameter in braces, as {roomId}."},
		contract.ClassBodyGlued:             {w, "Put a blank line between the headers and the body of the example."},
		contract.ClassPageOddity:            {w, "Do as the other pages of the reference do."},
		contract.ClassIncludeUnresolved:     {n, "Check the page out together with what it includes."},
		contract.ClassErrorsUndocumented:    {n, "Name the error answers that a caller has to expect."},
		contract.ClassHeadersUndocumented:   {n, "Name If-Match and Prefer in the table of headers where the service knows them."},
		contract.ClassStatusDisagrees:       {e, "Name the same status in the Response section and in the example."},
		contract.ClassStatusUndocumented:    {w, "Name the success status in the Response section, as `204 No Content`."},
		contract.ClassSeveralStatuses:       {n, "Say when each of the statuses is the answer."},
		contract.ClassReasonPhrase:          {w, "Write the reason phrase of the status, as 204 No Content."},
		contract.ClassBodyDisagrees:         {e, "Say the same of the body in the Response section and in the example: 204 has none."},
		contract.ClassTypeDisagrees:         {e, "Name one type in the sentence, the annotation and the example."},
		contract.ClassSeveralPaths:          {n, "Nothing, where each line is right; --path tests another one."},
		contract.ClassPathAlternatives:      {n, "Nothing, where each choice is right."},
		contract.ClassPathParameterRepeated: {n, "Give each parameter of the path a name of its own."},
	}
}

// Rules is the catalogue, by id. A class of package contract that nobody has advice on is a
// warning where it is a defect, and a note where it is an assumption.
func Rules() []Rule {
	rules := own()
	known := adviceOn()
	for _, c := range contract.Classes() {
		r := Rule{ID: c.Name, Level: sarif.Warning, Kind: contract.KindOf(c.Name), Summary: c.Summary}
		if r.Kind == contract.Assumption {
			r.Level = sarif.Note
		}
		if a, ok := known[c.Name]; ok {
			r.Level, r.Fix = a.level, a.fix
		}
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules
}

// Catalogue gives rules as SARIF has them.
func Catalogue(rules []Rule) []sarif.Rule {
	out := make([]sarif.Rule, len(rules))
	for i, r := range rules {
		out[i] = sarif.Rule{ID: r.ID, Level: r.Level, Summary: r.Summary, Help: r.Summary, Tags: []string{string(r.Kind)}}
		if r.Fix != "" {
			out[i].Help += "\n\nWhat to do: " + r.Fix
		}
	}
	return out
}
