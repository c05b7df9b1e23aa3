package pact

import (
	"os"
	"strings"
	"testing"
)

func TestCheckSecrets(t *testing.T) {
	data, err := os.ReadFile("testdata/lamps.pact.json")
	if err != nil {
		t.Fatal(err)
	}
	clean, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := clean.CheckSecrets(); err != nil {
		t.Errorf("a pact with the placeholder: %v", err)
	}

	const token = "s3cret-0123456789-abcdef"
	dirty, err := Parse([]byte(strings.Replace(string(data), "Bearer <token>", "Bearer "+token, 1)))
	if err != nil {
		t.Fatal(err)
	}
	err = dirty.CheckSecrets()
	if err == nil || !strings.Contains(err.Error(), "request/headers/Authorization/0") {
		t.Fatalf("the place is not named: %v", err)
	}
	if strings.Contains(err.Error(), token) {
		t.Errorf("the error holds the token: %v", err)
	}
}
