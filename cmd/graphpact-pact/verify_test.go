//go:build cgo

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/pact/wire"
)

func TestReadReport(t *testing.T) {
	tests := []struct {
		name, report string
		want         wire.Verified
		err          string
	}{
		{
			name:   "ok",
			report: `{"errors":[],"interactionResults":[{"result":"OK"}],"result":true}`,
			want:   wire.Verified{OK: true},
		},
		{
			name: "mismatches",
			report: `{"interactionResults":[{"result":"Error","mismatch":{"type":"mismatches","mismatches":[
				{"type":"StatusMismatch","expected":200,"actual":204,"mismatch":"expected 200 but was 204"}]}}]}`,
			want: wire.Verified{Mismatches: []wire.Detail{{
				Type: "StatusMismatch", Expected: "200", Actual: "204", Text: "expected 200 but was 204",
			}}},
		},
		{
			name:   "no answer",
			report: `{"interactionResults":[{"result":"Error","mismatch":{"type":"error","message":"error sending request"}}]}`,
			want:   wire.Verified{Error: "error sending request"},
		},
		{
			name:   "no pact",
			report: `{"errors":[{"mismatch":{"type":"error","message":"Failed to parse Pact JSON"}}],"interactionResults":[]}`,
			err:    "Failed to parse Pact JSON",
		},
		{name: "nothing verified", report: `{"interactionResults":[],"result":true}`, err: "verified 0 interactions"},
		{name: "two interactions", report: `{"interactionResults":[{"result":"OK"},{"result":"OK"}]}`, err: "verified 2 interactions"},
		{name: "no reason", report: `{"interactionResults":[{"result":"Error"}]}`, err: "does not say why"},
		{name: "no words", report: `{"interactionResults":[{"result":"OK","mismatch":{"type":"mismatches"}}]}`, err: "without a word"},
		{name: "empty", report: ``, err: "reading the native library's report"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readReport([]byte(tt.report))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
