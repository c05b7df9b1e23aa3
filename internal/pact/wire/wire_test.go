package wire

import (
	"encoding/json"
	"testing"
)

// TestText: what the library writes is read in each of its forms, and stays the same on the way
// through the helper.
func TestText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Text{
		`"on <b>"`:     "on <b>",
		`[104, 105]`:   "hi",
		`[255, 254]`:   "\xff\xfe",
		`204`:          "204",
		`{"a": [1.0]}`: `{"a": [1.0]}`,
		`""`:           "",
	} {
		var got, again Text
		if err := json.Unmarshal([]byte(raw), &got); err != nil || got != want {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
		sent, err := json.Marshal(got)
		if err == nil {
			err = json.Unmarshal(sent, &again)
		}
		if err != nil || again != want {
			t.Errorf("%s: sent as %s: %q, %v", raw, sent, again, err)
		}
	}
}
