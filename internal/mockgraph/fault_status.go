package mockgraph

import (
	"net/http"

	"graphpact/internal/contract"
)

func statusFaults() []Behaviour {
	status := []string{"status"}
	return []Behaviour{
		{
			Name: "status-204", Summary: "A successful update answers 204 without a body, where the page promises 200.",
			Noticed: []string{"UPD-02"}, Aspects: []string{"status", "body"}, Unfit: promises200,
			hook: onSuccess(func(c *call, a *answer) {
				a.status = http.StatusNoContent
				a.empty()
			}),
		},
		{
			Name: "status-201", Summary: "A successful update answers 201, as if it had created the entity.",
			Noticed: []string{"UPD-02"}, Aspects: status,
			hook: onSuccess(func(_ *call, a *answer) { a.status = http.StatusCreated }),
		},
	}
}

func promises200(op *contract.Operation) string {
	if updateStatus(op.Success) != http.StatusOK {
		return "the page does not promise 200"
	}
	return ""
}

// onSuccess changes the answer to an update that succeeded.
func onSuccess(change func(c *call, a *answer)) func(*route) hooks {
	return func(*route) hooks {
		return hooks{after: func(c *call, a *answer) {
			if c.updates() && a.status < http.StatusMultipleChoices {
				change(c, a)
			}
		}}
	}
}
