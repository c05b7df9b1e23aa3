// Command baregodog is what graphpact's speed is measured against: godog and a JSON
// Schema library, 20 PATCH checks, and nothing else.
//
//	baregodog URL SCHEMA PROPERTY VALUE VALUE    with the token in GRAPH_TOKEN
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/cucumber/godog"
	"github.com/xeipuuv/gojsonschema"
)

func main() {
	schema, err := gojsonschema.NewSchema(gojsonschema.NewReferenceLoader("file://" + os.Args[2]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var feature strings.Builder
	feature.WriteString("Feature: bare\n  Scenario Outline: update <n>\n    When I set the property to \"<value>\"\n    Then the status is 200\n    And the body matches the schema\n    Examples:\n      | n | value |\n")
	for i := range 20 {
		fmt.Fprintf(&feature, "      | %d | %s |\n", i, os.Args[4+i%2])
	}
	initialize := func(sc *godog.ScenarioContext) {
		var status int
		var body []byte
		sc.Step(`^I set the property to "([^"]*)"$`, func(value string) error {
			req, err := http.NewRequest(http.MethodPatch, os.Args[1], strings.NewReader(`{"`+os.Args[3]+`":"`+value+`"}`))
			if err != nil {
				return err
			}
			req.Header.Set("Authorization", "Bearer "+os.Getenv("GRAPH_TOKEN"))
			req.Header.Set("Content-Type", "application/json")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			defer res.Body.Close()
			status = res.StatusCode
			body, err = io.ReadAll(res.Body)
			return err
		})
		sc.Step(`^the status is (\d+)$`, func(want int) error {
			if status != want {
				return fmt.Errorf("status %d", status)
			}
			return nil
		})
		sc.Step(`^the body matches the schema$`, func() error {
			r, err := schema.Validate(gojsonschema.NewBytesLoader(body))
			if err != nil {
				return err
			}
			if !r.Valid() {
				return fmt.Errorf("%v", r.Errors())
			}
			return nil
		})
	}
	os.Exit(godog.TestSuite{
		Name: "bare", ScenarioInitializer: initialize,
		Options: &godog.Options{
			Format: "progress", Strict: true, NoColors: true,
			FeatureContents: []godog.Feature{{Name: "bare.feature", Contents: []byte(feature.String())}},
		},
	}.Run())
}
