package main

import "graphpact/internal/client"

// beginRun gives the run its id, which the client-request-id of each of its requests
// begins with.
func (a *app) beginRun(f *targetFlags) error {
	id, err := client.NewID(a.random)
	f.runID = id
	return err
}
