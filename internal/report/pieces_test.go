package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"graphpact/internal/result"
)

// largest remembers the largest piece that was written at once.
type largest struct{ piece, all int }

func (l *largest) Write(p []byte) (int, error) {
	l.piece, l.all = max(l.piece, len(p)), l.all+len(p)
	return len(p), nil
}

func (l *largest) WriteString(s string) (int, error) { return l.Write([]byte(s)) }

// What grows with the scenarios is written a piece at a time: the largest piece is as large for
// four times as many.
func TestReportsAreWrittenInPieces(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]renderer{"json": JSON, "cucumber": CucumberJSON, "ctrf": CTRF} {
		var few, many largest
		for w, n := range map[*largest]int{&few: 40, &many: 160} {
			run := largeRun(n)
			for i := range run.Requirements { // ten of each page
				run.Requirements[i].Operation = fmt.Sprintf("PATCH /lamps%d/{lampId}", i/10)
			}
			if err := write(w, run); err != nil {
				t.Fatal(err)
			}
		}
		if many.all < 3*few.all || many.piece > few.piece*3/2 || many.piece > many.all/4 {
			t.Errorf("%s: the largest piece has %d of %d bytes, with a quarter of the scenarios %d of %d",
				name, many.piece, many.all, few.piece, few.all)
		}
	}
}

// broken fails when so many bytes are written.
type broken struct{ left int }

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestAPieceThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	run := largeRun(10)
	for name, write := range map[string]renderer{"json": JSON, "cucumber": CucumberJSON, "ctrf": CTRF} {
		var whole strings.Builder
		if err := write(&whole, run); err != nil {
			t.Fatal(err)
		}
		for left := 0; left < whole.Len(); left += whole.Len()/7 + 1 {
			if err := write(&broken{left}, run); err == nil {
				t.Errorf("%s: %d bytes fit and there is no error", name, left)
			}
		}
	}
}

// The list is found by its place in the frame, whatever the texts before it hold.
func TestAListBehindItsLikeness(t *testing.T) {
	t.Parallel()
	run := emptyRun()
	run.Tool.Name = "\n  \"requirements\": []\\"
	run.Requirements = []result.Requirement{{ID: "UPD-01"}}
	var out strings.Builder
	if err := JSON(&out, run); err != nil {
		t.Fatal(err)
	}
	var back result.Run
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil {
		t.Fatal(err)
	}
	if back.Tool.Name != run.Tool.Name || len(back.Requirements) != 1 || back.Requirements[0].ID != "UPD-01" {
		t.Errorf("read back: %+v", back)
	}
}
