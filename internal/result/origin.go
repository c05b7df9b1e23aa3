package result

import "time"

// Suite is what a run was judged by: the scenarios and the conventions, apart from the pages.
type Suite struct {
	Digest string `json:"digest"`           // "sha256:" and the hex SHA-256 over the feature files and the conventions
	Folder string `json:"folder,omitempty"` // where the scenarios are from; empty for those in the program
	// Omitted are the requirements of the pages that the run was not asked to test, in the
	// order of the features.
	Omitted []Subject `json:"omitted,omitempty"`
}

// Subject names a requirement: its operation, and its key there.
type Subject struct {
	Operation string `json:"operation"`
	Key       string `json:"key"`
}

// Subject names the requirement.
func (r *Requirement) Subject() Subject { return Subject{r.Operation, r.Key()} }

// Command is how a run was started, so that another one can be started in the same way.
type Command struct {
	Name string `json:"name"` // of the command of graphpact, as "run"
	// Arguments are the flags that were set, wherever they were set, each as "--name=value",
	// in the order of their declaration.
	Arguments []string `json:"arguments"`
	// Withheld are the flags that are left out as their value may be a secret: whoever starts
	// it again sets them again.
	Withheld []string `json:"withheld,omitempty"`
}

// Shard says which part of the selected requirements a run was given, where several runs
// share them.
type Shard struct {
	Index int `json:"index"` // from 1 to Count
	Count int `json:"count"`
	// Selection is "sha256:" and the hex SHA-256 of the names of the selected requirements of
	// all shards, in order, and Requirements their number: alike in all shards of one run.
	Selection    string `json:"selection"`
	Requirements int    `json:"requirements"`
	// Again are the requirements that belong to another shard and are in this one too, since
	// they look back at all others of their operation.
	Again []Subject `json:"again,omitempty"`
	// Waivers are the waivers that nothing in this shard shows to be needed; which of them are
	// not used is known when the shards are put together.
	Waivers []ShardWaiver `json:"waivers,omitempty"`
}

// ShardWaiver is a waiver that is not used where all that it covers has passed.
type ShardWaiver struct {
	Covers  []Subject `json:"covers"`
	Problem string    `json:"problem"` // what to say of it then
}

// Part is one of the runs behind a report that was put together from several.
type Part struct {
	// ID is the run's id, and Shard its index, from 1.
	ID    string `json:"id,omitempty"`
	Shard int    `json:"shard"`
	// BaseURL and Params are its target.
	BaseURL      string            `json:"baseUrl"`
	Params       map[string]string `json:"params,omitempty"`
	StartedAt    time.Time         `json:"startedAt"`
	DurationMS   float64           `json:"durationMs"`
	Requirements int               `json:"requirements"`
}
