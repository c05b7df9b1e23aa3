package contract

// StateExists names the provider state of a Pact in which an entity of the Operation
// exists. Its parameters are the path parameters, and values of properties.
func (o *Operation) StateExists() string { return "a " + o.entity() + " exists" }

// StateAbsent names the provider state in which no entity exists at the path
// parameters that it has.
func (o *Operation) StateAbsent() string { return "no " + o.entity() + " exists" }
