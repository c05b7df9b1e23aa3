package steps

func (w *world) thens(b bindings) {
	w.statusThens(b)
	w.bodyThens(b)
	w.stateThens(b)
	w.dateThens(b)
	w.headerThens(b)
	w.readThens(b)
}
