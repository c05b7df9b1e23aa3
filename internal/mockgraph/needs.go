package mockgraph

import (
	"fmt"
	"net/http"
	"slices"

	"graphpact/internal/contract"
)

// need says why a behaviour cannot be shown on an Operation, "" where it can.
type need = func(op *contract.Operation) string

// needs asks for something that the page has.
func needs[T any](get func(op *contract.Operation) (T, bool), reason string) need {
	return needsThat(func(op *contract.Operation) bool {
		_, ok := get(op)
		return ok
	}, reason)
}

// needsThat asks for a page that is so.
func needsThat(is func(op *contract.Operation) bool, reason string) need {
	return func(op *contract.Operation) string {
		if is(op) {
			return ""
		}
		return reason
	}
}

func needsRole(role contract.Role, what string) need {
	return needs(func(op *contract.Operation) (contract.Property, bool) { return op.WithRole(role) }, "the page names no "+what)
}

func all(checks ...need) need {
	return func(op *contract.Operation) string {
		for _, check := range checks {
			if why := check(op); why != "" {
				return why
			}
		}
		return ""
	}
}

var (
	needsEnum      = needs(enumProperty, "the page has no enum with two members to set")
	needsCase      = all(needsEnum, needs(foldedEnum, "the enum has no member with letters"))
	needsSettable  = needs(settable, "the page documents no property that can be set")
	needsSecond    = needs(secondProperty, "the page documents no second property that can be set")
	needsOther     = needs(otherProperty, "the page names no property beside the one that is set")
	needsShown     = needs(shownProperty, "the response example of the page shows no property")
	needsTyped     = needs(typedProperty, "the page gives no property a type")
	needsType      = needs(settableTyped, "the page gives no settable property a type")
	needsLimit     = needs(limited, "the page states no limit for the values of a property")
	needsMembers   = needs(withMembers, "the page has no object with two members known that a client may set")
	needsSentinel  = needs(sentinelProperty, "the page has no enum with a sentinel to set")
	needsTwoValues = needsThat(func(op *contract.Operation) bool { return len(twoValued(op)) > 0 },
		"the page documents no property with two more values to set")
	needsMixture = needsThat(func(op *contract.Operation) bool { return len(twoValued(op)) > 1 },
		"the page documents no two properties to mix")

	needsKey      = needsRole(contract.RoleKey, "key")
	needsModified = needsRole(contract.RoleModified, "date of the last modification")
	needsCreated  = needsRole(contract.RoleCreated, "date of creation")
	needsDate     = needsThat(func(op *contract.Operation) bool { return needsModified(op) == "" || needsCreated(op) == "" },
		"the page names no date that the server sets")

	needsParam = needsThat(func(op *contract.Operation) bool { return len(op.Path.Params) > 0 },
		"the path of the page has no parameter")
	needsKeyInPath = needs(func(op *contract.Operation) (string, bool) { return op.Path.KeyParam() },
		"the path of the page does not end in a key")
	needsNamespace = needsThat(func(op *contract.Operation) bool { return op.Namespace.Value != "" }, "the page names no namespace")
	needsTypeName  = all(needsThat(func(op *contract.Operation) bool { return op.QualifiedType() != "" },
		"the page names no type"), needsNamespace)
	needsAnnotation = needsThat(func(op *contract.Operation) bool { return op.TypeAnnotation.Value != "" },
		"the page neither shows nor demands @odata.type in an update")
	needsHeader = needsThat(func(op *contract.Operation) bool { return len(op.RequiredHeaders()) > 0 },
		"the page requires no header whose value it names")
	needsOpen   = needsThat(func(op *contract.Operation) bool { return op.OpenType.Value }, "the page does not call the type open")
	needsClosed = needsThat(func(op *contract.Operation) bool { return !op.OpenType.Value }, "the page calls the type open")

	needsAlternative = needs(alternative, "the page allows no other success status than one with a body")
	needs200         = needsThat(func(op *contract.Operation) bool { return updateStatus(op.Success) == http.StatusOK },
		"the page does not promise 200")
	needs204 = needsThat(func(op *contract.Operation) bool { return updateStatus(op.Success) == http.StatusNoContent },
		"the page does not promise 204")
	needsBody = needsThat(func(op *contract.Operation) bool { return answersBody(op.Success) }, "the page promises no body")
	// needsBodyFact asks for a word on the body of an answer: without one nothing is asked of the
	// entity's shape.
	needsBodyFact = needs(bodyFact, "the page says nothing of the body of an answer")
)

// needsKnownForm asks for a parameter that a server must take for a key of something. A key of the
// server's own form may be malformed, and 400 says so.
func needsKnownForm(op *contract.Operation) string {
	key, has := op.WithRole(contract.RoleKey)
	if has && len(op.Path.Params) == 1 && !contract.ShapeKnown(keyText(maker{op: op}.property(key))) {
		return "the page gives the key a form of its own: 400 is right for a key that has not that form"
	}
	return needsParam(op)
}

// needsPromisedBody asks for a body that no answer may leave out.
func needsPromisedBody(op *contract.Operation) string {
	for _, a := range op.Success.Alternatives {
		if a.Contradicts {
			return fmt.Sprintf("the page contradicts itself: it also shows %d, and an answer without a body is right too", a.Status)
		}
	}
	return needsBody(op)
}

// otherwiseThan says that the page promises a status, allows it too, or contradicts itself on it.
func otherwiseThan(status int) need {
	return func(op *contract.Operation) string {
		if op.Success.Status == status {
			return fmt.Sprintf("the page promises %d", status)
		}
		if _, ok := op.Success.Allows(status, false); ok {
			return fmt.Sprintf("the page also names %d", status)
		}
		return ""
	}
}

func firstProperty(all []contract.Property, is func(p contract.Property) bool) (contract.Property, bool) {
	i := slices.IndexFunc(all, is)
	if i < 0 {
		return contract.Property{}, false
	}
	return all[i], true
}

// enumProperty gives the first property with an enum of which a client may set two
// members.
func enumProperty(op *contract.Operation) (contract.Property, bool) {
	return firstProperty(op.Settable(), func(p contract.Property) bool {
		return !p.Type.Collection && len(p.Type.SettableMembers()) > 1
	})
}

func sentinelProperty(op *contract.Operation) (contract.Property, bool) {
	return firstProperty(op.Settable(), func(p contract.Property) bool {
		_, ok := p.Sentinel()
		return ok
	})
}

func bodyFact(op *contract.Operation) (contract.Source, bool) {
	source, _, known := op.Fact("response-body")
	return source, known
}

// settable gives the property that a documented update sets first.
func settable(op *contract.Operation) (contract.Property, bool) {
	return firstProperty(op.Settable(), hasOther)
}

func hasOther(p contract.Property) bool {
	_, ok := p.Other(nil)
	return ok
}

// otherProperty gives a property that an update of the first settable one must leave alone,
// with another value for it: one that a client may set, or else the date of creation.
func otherProperty(op *contract.Operation) (contract.Property, bool) {
	first, _ := settable(op)
	p, ok := firstProperty(op.Settable(), func(p contract.Property) bool { return p.Name != first.Name && hasOther(p) })
	if ok {
		return p, true
	}
	return op.WithRole(contract.RoleCreated)
}

// shownProperty gives a property that the response example shows: the first one that
// is not the key, or else the key.
func shownProperty(op *contract.Operation) (contract.Property, bool) {
	var found contract.Property
	for _, p := range op.Properties {
		if p.Shown.Value && (found.Name == "" || found.Role == contract.RoleKey) {
			found = p
		}
	}
	return found, found.Name != ""
}
