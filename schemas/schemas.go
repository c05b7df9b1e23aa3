// Package schemas holds the published JSON Schemas (draft-07) as files:
// report.schema.json describes report.json, the machine-readable form of a run, and
// selftest.schema.json what "graphpact selftest --format json" prints, and
// waivers.schema.json the file of waivers, for an editor; the others are derived from the
// documentation pages by "graphpact derive", which also checks that they have not drifted.
package schemas

import "embed"

// Report is the name of the schema of report.json in FS.
const Report = "report.schema.json"

// Selftest is the name of the schema of a selftest's report in FS.
const Selftest = "selftest.schema.json"

// Waivers is the name of the schema of graphpact.waivers.yaml in FS.
const Waivers = "waivers.schema.json"

// FS holds every schema of this folder, by file name.
//
//go:embed *.json
var FS embed.FS
