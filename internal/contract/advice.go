package contract

// Weight is how much a finding of a class weighs, by the words of SARIF.
type Weight string

// The weights. Error: the page contradicts itself, and a reader cannot know what holds.
// Warning: it departs from the style of the reference. Note: an assumption, which is no
// defect.
const (
	WeightError   Weight = "error"
	WeightWarning Weight = "warning"
	WeightNote    Weight = "note"
)

// Advice gives the weight of a class of findings, and what the author of the page can do. A
// class without advice weighs as its kind does.
func Advice(class string) (weight Weight, fix string) {
	if a, ok := advices()[class]; ok {
		return a.weight, a.fix
	}
	if KindOf(class) == Assumption {
		return WeightNote, ""
	}
	return WeightWarning, ""
}

type advice struct {
	weight Weight
	fix    string
}

// advices has a line for each class.
func advices() map[string]advice {
	const (
		e = WeightError
		w = WeightWarning
		n = WeightNote
	)
	return map[string]advice{
		ClassTodoMarker:            {w, "Write what the marker stands for, or take it out."},
		ClassPlaceholderValue:      {w, "Show a real value in the example, of the type that the table names."},
		ClassExampleOutsideEnum:    {e, "Show a member of the enum in the example, or add the member to the list."},
		ClassExampleWrongType:      {e, "Make the example agree with the type in the table, or correct the type."},
		ClassExampleNotJSON:        {e, "Write the body as JSON: no trailing comma, straight quotes, no comment."},
		ClassServerSetListed:       {w, "Take the property out of the table of the request body, or say in its row that it cannot be updated."},
		ClassServerSetSent:         {w, "Take the property out of the request example."},
		ClassSentinelSettable:      {n, "Say that the sentinel is never sent, or leave it out of the values to send."},
		ClassBoundUnread:           {n, "Write the limit in a common form, as \"Maximum length is 128\" or \"Valid values 4 to 14\"."},
		ClassEnumMemberRepeated:    {w, "List each member once."},
		ClassPropertyNotListed:     {n, "Add a row for the property to the table, or take it out of the example."},
		ClassPropertyRepeated:      {w, "Keep one row for each property."},
		ClassPropertyInTables:      {n, "Nothing, where the tables are for different types or callers."},
		ClassTableMissing:          {w, "Add a table Property, Type, Description below \"## Request body\"."},
		ClassAnnotationWithoutType: {w, "Add \"@odata.type\" to the annotation above the response example."},
		ClassAnnotationInvalid:     {w, "Write the annotation as JSON."},
		ClassFrontMatter:           {w, "Write the front matter as YAML between two lines of three hyphens."},
		ClassTableGlued:            {w, "Put a blank line above the table."},
		ClassTableUnreadable:       {e, "Write a header row and a delimiter row with as many cells."},
		ClassTableUnknown:          {w, "Give the table a column \"Property\"."},
		ClassRowSplit:              {w, "Write the row on one line; use <br> for a break."},
		ClassRowOverflow:           {w, "Escape the pipe in the cell as \\|, or take the extra cell out."},
		ClassRowStray:              {w, "Take the row out of the table, or name its property."},
		ClassEnumRange:             {n, "List each value."},
		ClassRequestLine:           {e, "Write the line as a method and a path, as PATCH /rooms/{roomId}."},
		ClassExampleUnreadable:     {w, "Begin the request example with method and URL, the response example with HTTP/1.1 and the status."},
		ClassExampleURL:            {w, "Make the URL of the example one of the request lines, with real keys in the place of the parameters."},
		ClassRequestMethod:         {w, "Begin the line with its method, as PATCH /rooms/{roomId}."},
		ClassTableElsewhere:        {n, "Put the table of the properties to send below \"## Request body\"."},
		ClassPathLiteralKey:        {w, "Put a parameter in braces in the place of the key, as {roomId}."},
		ClassPathParameterUnmarked: {w, "Put the parameter in braces, as {roomId}."},
		ClassPropertyNested:        {n, "Document the property of a complex type on the page of that type."},
		ClassStreamListed:          {n, "Take the stream out of the table: its content has a URL of its own."},
		ClassExampleOutsideBounds:  {e, "Show a value within the limits in the example, or correct the limits."},
		ClassBodyGlued:             {w, "Put a blank line between the headers and the body of the example."},
		ClassHeadingForm:           {w, "Write the heading with number signs and a space, as \"## Request body\"."},
		ClassPageOddity:            {w, "Do as the other pages of the reference do."},
		ClassIncludeUnresolved:     {n, "Check the page out together with what it includes."},
		ClassErrorsUndocumented:    {n, "Name the error answers that a caller has to expect."},
		ClassHeadersUndocumented:   {n, "Name If-Match and Prefer in the table of headers where the service knows them."},
		ClassHeaderValueUnknown:    {n, "Name a value of the header in back-ticks, or show it in the request example."},
		ClassStatusDisagrees:       {e, "Name the same status in the Response section and in the example."},
		ClassStatusUndocumented:    {w, "Name the success status in the Response section, as `204 No Content`."},
		ClassSeveralStatuses:       {n, "Say when each of the statuses is the answer."},
		ClassReasonPhrase:          {w, "Write the reason phrase of the status, as 204 No Content."},
		ClassBodyDisagrees:         {e, "Say the same of the body in the Response section and in the example: 204 has none."},
		ClassTypeDisagrees:         {e, "Name one type in the sentence, the annotation and the example."},
		ClassSeveralPaths:          {n, "Nothing, where each line is right; --path tests another one."},
		ClassPathAlternatives:      {n, "Nothing, where each choice is right."},
		ClassPathParameterRepeated: {n, "Give each parameter of the path a name of its own."},
		ClassTypeUndefined:         {n, "Link the type to its resource page, or list its members in the row."},
		ClassTypeAbstract:          {w, "Show a type in the example that is derived from the abstract one."},
		ClassResourceUnreadable:    {n, "Fix the page that the link leads to, or the link."},
		ClassMetadataDisagrees:     {w, "Write what the metadata says, or have the metadata corrected."},
		ClassMetadataLacks:         {w, "Take the name out, or write it as the metadata does."},
		ClassPermissionsDisagree:   {w, "Generate the table of permissions anew from the published permissions."},
		ClassPermissionsLack:       {n, "Have the request added to the published permissions, or correct the path."},
	}
}
