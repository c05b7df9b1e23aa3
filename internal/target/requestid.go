package target

// NewRequestID makes an id for the client-request-id header: a random GUID.
func NewRequestID() string { return newGUID() }
