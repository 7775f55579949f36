package operator

import (
	"slices"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// ErrRole refuses a role that there is not.
var ErrRole = fault.New(fault.Invalid, "operator_role_invalid", "a role is one of viewer, support, operator, owner")

// Role says what an operator may do. Each may do what those before it may.
type Role string

// The roles, least first.
const (
	Viewer  Role = "viewer"   // figures, and lists with masked numbers
	Support Role = "support"  // members, and showing a number for a reason
	Manager Role = "operator" // sender numbers, budgets, templates, keys, exports
	Owner   Role = "owner"    // operators
)

// Roles lists the roles, least first.
func Roles() []Role { return []Role{Viewer, Support, Manager, Owner} }

// ParseRole reads a role, or returns [ErrRole].
func ParseRole(text string) (Role, error) {
	if r := Role(text); slices.Contains(Roles(), r) {
		return r, nil
	}
	return "", ErrRole
}

// May reports whether the role is the least one or more. What is no role may
// nothing, and nobody may what wants no role.
func (r Role) May(least Role) bool {
	has, wants := slices.Index(Roles(), r), slices.Index(Roles(), least)
	return wants >= 0 && has >= wants
}
