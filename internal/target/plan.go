package target

// PlannedRequest is a request that is about to be sent, with secrets masked: what a
// dry run prints.
type PlannedRequest struct {
	Purpose string
	Method  string
	// Line is the method and the URL, as "PATCH https://…".
	Line string
	// Body is shortened as in a report.
	Body string
	// Curl is the whole request as a shell line.
	Curl string
}

func (c *Client) plan(ex *Exchange) PlannedRequest {
	body, _ := c.showBody(ex.RequestBody, false)
	return PlannedRequest{
		Purpose: c.Mask(ex.Purpose),
		Method:  ex.Method,
		Line:    c.Mask(ex.Method + " " + ex.URL),
		Body:    body,
		Curl:    c.curl(ex),
	}
}
