package harness

import (
	"fmt"

	"graphpact/internal/atomicfile"
	"graphpact/internal/client"
	"graphpact/internal/har"
)

// record adds an exchange to the recording of the run, secrets masked.
func (s *session) record(ex *client.Exchange) func() {
	return func() {
		if ex.Attempts == 0 {
			return // nothing was sent
		}
		x := &har.Recorded{
			Purpose: s.client.Mask(ex.Purpose), Method: ex.Method, URL: s.client.Mask(ex.URL), Proto: ex.Proto,
			Started: ex.Started, Duration: ex.Duration, Attempts: ex.Attempts,
			RequestHeader: s.client.MaskHeader(ex.RequestHeader), RequestBody: s.client.Mask(string(ex.RequestBody)),
			Status: ex.Status, ResponseHeader: s.client.MaskHeader(ex.Header), ResponseBody: s.client.Mask(string(ex.Body)),
			Truncated: ex.Truncated || ex.Err != nil && len(ex.Body) > 0, // a body that was cut may end within a secret
		}
		if ex.Err != nil {
			x.Err = s.client.Mask(ex.Err.Error())
		}
		s.cfg.recorder.Add(x)
	}
}

// writeRecording writes the recording where one was asked for, and gives its file.
func (c *Config) writeRecording() ([]string, error) {
	if c.HAR == "" {
		return nil, nil
	}
	data, err := c.Target.recorder.Bytes(har.Creator{Name: c.Tool.Name, Version: c.Tool.Version})
	if err == nil {
		err = atomicfile.Write(c.HAR, data)
	}
	if err != nil {
		return nil, fmt.Errorf("--har: %w", err)
	}
	return []string{c.HAR}, nil
}
