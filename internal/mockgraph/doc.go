// Package mockgraph is an HTTP server that behaves as Microsoft Graph does for the
// Operations it is given: it serves their entities, and updates them by PATCH.
//
// It is strict. Where the page is silent it follows Graph's own conventions, then
// OData 4.01, then the RFCs. A suite reaches it over loopback HTTP like any other
// server; it is for tests and keeps its state in memory.
//
// A request runs through one list of stages (see Server.stages): each may end it
// with an answer, and none writes to the client itself. State changes in one
// place, store.update.
//
// The server checks bodies by its own few rules (edm.go, model.go) and not through
// package schema: the suite's checks are derived there, and two independent
// readings of a page find more than one reading used twice.
package mockgraph
