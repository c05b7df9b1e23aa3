package mockgraph

import "net/http"

// statusFaults break what the page says of the status of a success.
func statusFaults() []Behaviour {
	status, statusAndBody := []string{"status"}, []string{"status", "body"}
	says := []string{"UPD-02"}
	success := func(status int) func(*route) hooks {
		return onSuccess(func(_ *call, a *answer) { a.status = status })
	}
	failure := func(status int, code string) func(*route) hooks {
		return onSuccess(func(c *call, a *answer) { a.become(c.refuse(status, code, "The server failed after the update.")) })
	}
	return []Behaviour{
		{
			Name: "status-204", Summary: "A successful update answers 204 without a body, where the page promises 200.",
			Noticed: says, Aspects: statusAndBody, Unfit: promises200,
			hook: onSuccess(func(_ *call, a *answer) {
				a.status = http.StatusNoContent
				a.empty()
			}),
		},
		{
			Name: "status-200", Summary: "A successful update answers 200 with the entity, where the page promises 204.",
			Noticed: says, Aspects: statusAndBody, Unfit: promises204,
			hook: inStage(stageNegotiate, func(_ *route, c *call, run stage) *answer {
				a := run(c)
				c.prefer.ret = "representation"
				return a
			}),
		},
		{
			Name: "status-201", Summary: "A successful update answers 201, as if it had created the entity.",
			Noticed: says, Aspects: status, hook: success(http.StatusCreated),
		},
		{
			Name: "status-202", Summary: "A successful update answers 202, as if it were still to be done.",
			Noticed: says, Aspects: status, hook: success(http.StatusAccepted),
		},
		{
			Name: "status-206", Summary: "A successful update answers 206, as if it showed a part.",
			Noticed: says, Aspects: status, hook: success(http.StatusPartialContent),
		},
		{
			Name: "status-500", Summary: "A legal update is applied and answered with 500.",
			Noticed: says, Aspects: statusAndBody, hook: failure(http.StatusInternalServerError, "InternalServerError"),
		},
		{
			Name: "status-404", Summary: "A legal update is applied and answered with 404.",
			Noticed: says, Aspects: statusAndBody, hook: failure(http.StatusNotFound, "ResourceNotFound"),
		},
		{
			Name: "status-409", Summary: "Every update is applied and answered with 409.",
			Noticed: append([]string{"UPD-14"}, says...), Aspects: statusAndBody, hook: failure(http.StatusConflict, "Conflict"),
		},
		{
			Name: "status-307", Summary: "An update is redirected to another path.",
			Noticed: says, Aspects: statusAndBody,
			hook: onSuccess(func(c *call, a *answer) {
				a.status = http.StatusTemporaryRedirect
				a.empty()
				a.header.Set("Location", c.r.URL.Path+"/elsewhere")
			}),
		},
	}
}
