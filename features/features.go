// Package features holds the scenarios of the suite: one generic set for every
// "Update X" page. See the README for the tags that a scenario carries.
package features

import "embed"

// FS holds the *.feature files.
//
//go:embed *.feature
var FS embed.FS
