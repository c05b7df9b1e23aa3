package contractdiff

import (
	"cmp"
	"slices"
)

// The checks of whole pages.
const (
	PageRemoved    = "page-removed"
	PageAdded      = "page-added"
	PageMoved      = "page-moved"
	ContractLost   = "contract-lost"
	ContractGained = "contract-gained"
)

// Checks is the catalogue, by id. What a client sends breaks where less is taken; what it reads
// breaks where more, or something else, may come. A new member of an enum breaks nobody where
// the enum is evolvable (Microsoft Graph REST API guidelines, evolvable enums).
func Checks() []Check {
	const breaking, compatible = true, false
	checks := []Check{
		{PageRemoved, breaking, "The page is gone, and no other page has its operation."},
		{PageAdded, compatible, "The page is new."},
		{PageMoved, compatible, "The page of the operation has another name."},
		{ContractLost, breaking, "The page gives no contract any more."},
		{ContractGained, compatible, "The page gave no contract, and gives one now."},

		{"method-changed", breaking, "The update has another method."},
		{"path-changed", breaking, "The update has another path."},
		{"path-parameter-renamed", compatible, "A parameter of the path has another name."},
		{"request-line-removed", breaking, "A further request line is gone."},
		{"request-line-added", compatible, "There is a further request line."},
		{"request-media-type-changed", breaking, "The body of the request has another media type."},

		{"status-changed", breaking, "Success is another status."},
		{"status-alternative-added", breaking, "Success may be a further status."},
		{"status-alternative-removed", compatible, "Success is no longer one of several statuses."},
		{"response-body-removed", breaking, "The answer no longer holds the entity."},
		{"response-body-added", compatible, "The answer holds the entity now."},
		{"response-media-type-changed", breaking, "The body of the answer has another media type."},

		{"resource-type-changed", breaking, "The entity has another type."},
		{"type-annotation-demanded", breaking, "The update must carry @odata.type now."},
		{"type-annotation-relaxed", compatible, "The update need not carry @odata.type any more."},
		{"open-type-closed", breaking, "The type is no longer open."},
		{"open-type-opened", compatible, "The type is open now."},

		{"type-abstract", breaking, "A nested type is abstract now."},
		{"type-not-abstract", compatible, "A nested type is no longer abstract."},
		{"type-definition-lost", breaking, "Nothing defines the type of a property any more."},
		{"type-definition-gained", compatible, "The type of a property was a name, and is defined now."},
		{"derived-type-removed", breaking, "A type is no longer one that a value may have."},
		{"derived-type-added", compatible, "There is a further type that a value may have."},

		{"header-demanded", breaking, "A header is required that was not."},
		{"header-relaxed", compatible, "A header is no longer required."},
		{"permission-removed", breaking, "A permission no longer allows the update."},
		{"permission-added", compatible, "A further permission allows the update."},

		{"property-removed", breaking, "A property is gone."},
		{"property-added", compatible, "There is a new property."},
		{"property-not-settable", breaking, "A client may no longer set the property."},
		{"property-settable", compatible, "A client may set the property now."},
		{"property-type-changed", breaking, "The property has another type."},
		{"property-type-specified", compatible, "The type of the property was open, and is named now."},
		{"property-several-values", breaking, "A value of the enum may be several members now."},
		{"property-one-value", breaking, "A value of the enum may no longer be several members."},
		{"property-not-nullable", breaking, "The property may no longer be null."},
		{"property-nullable", breaking, "The property may be null now."},
		{"enum-member-removed", breaking, "A member of an enum is gone."},
		{"enum-member-added", breaking, "An enum that is not evolvable has a new member."},
		{"enum-member-added-evolvable", compatible, "An evolvable enum has a new member."},
		{"enum-evolvable", compatible, "The enum is evolvable now."},
		{"enum-not-evolvable", breaking, "The enum is no longer evolvable."},
		{"bound-narrowed", breaking, "Fewer values are allowed."},
		{"bound-widened", compatible, "More values are allowed."},
		{"bound-changed", breaking, "Other values are allowed."},
	}
	slices.SortFunc(checks, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	return checks
}
