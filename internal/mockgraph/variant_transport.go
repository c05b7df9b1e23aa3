package mockgraph

func transportVariants() []Behaviour {
	return []Behaviour{
		{
			Name: "http2", Summary: "The server speaks TLS, and HTTP/2 with a client that does.",
			Aspects: []string{"protocol"}, tls: true,
		},
		{
			Name: "gzip", Summary: "Bodies are compressed where the client accepts gzip.",
			Aspects: []string{"coding"},
			hook:    onAny(func(_ *call, a *answer) { a.wire.gzip = true }),
		},
	}
}

// onAny changes every answer.
func onAny(change func(c *call, a *answer)) func(*route) hooks {
	return func(*route) hooks { return hooks{after: change} }
}
