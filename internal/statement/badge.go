package statement

import (
	"encoding/json"
	"fmt"
	"html"
	"time"
	"unicode/utf8"

	"graphpact/internal/result"
)

// badgeText is what a badge says, and its colour: green says conformant and nothing else.
func badgeText(d *Details) (message, color string) {
	switch d.Headline {
	case result.Conformant:
		message, color = "conformant", "#2e7d32"
	case result.Incomplete:
		message, color = "incomplete", "#8a6100"
	default:
		return "not conformant", "#b3261e"
	}
	return message + " until " + d.Expires.UTC().Format(time.DateOnly), color
}

const badgeLabel = "graphpact"

// Endpoint is the badge for https://shields.io/badges/endpoint-badge.
func Endpoint(d *Details) ([]byte, error) {
	message, color := badgeText(d)
	return json.MarshalIndent(struct {
		SchemaVersion int    `json:"schemaVersion"`
		Label         string `json:"label"`
		Message       string `json:"message"`
		Color         string `json:"color"`
	}{1, badgeLabel, message, color}, "", "  ")
}

// Badge is the badge as a picture that loads nothing.
func Badge(d *Details) []byte {
	message, color := badgeText(d)
	// Verdana at 11 px is about 7 px a character wide; textLength makes it so.
	left, right := 7*utf8.RuneCountInString(badgeLabel)+12, 7*utf8.RuneCountInString(message)+12
	title := html.EscapeString(badgeLabel + ": " + message)
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="20" role="img" aria-label="%[5]s">
<title>%[5]s</title>
<clipPath id="r"><rect width="%[1]d" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="%[2]d" height="20" fill="#444"/><rect x="%[2]d" width="%[3]d" height="20" fill="%[4]s"/></g>
<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
<text x="6" y="14" textLength="%[6]d">%[7]s</text><text x="%[8]d" y="14" textLength="%[9]d">%[10]s</text>
</g>
</svg>
`, left+right, left, right, color, title, left-12, badgeLabel, left+6, right-12, html.EscapeString(message))
}
