package suggest

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"endpoint", "entity", "only", "out", "UPD-01", "UPD-02"}
	for word, want := range map[string]string{
		"endpiont": "endpoint", "ENDPOINT": "endpoint", "endpoints": "endpoint", "enpoint": "endpoint",
		"ent": "entity", "UDP-02": "UPD-02", "upd-2": "UPD-02", "UPD-03": "UPD-01", "ot": "out",
		"": "", "reason": "", "éndpoint": "endpoint", "xxendpointxx": "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"äö", "ao", 2}} {
		if got := distance([]rune(tt.a), []rune(tt.b)); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
