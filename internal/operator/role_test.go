package operator_test

import (
	"errors"
	"testing"

	"github.com/sinpyo/sinpyo/internal/operator"
)

func TestRole_MayWhatTheLesserOnesMay(t *testing.T) {
	t.Parallel()
	order := operator.Roles()
	for i, has := range order {
		for j, least := range order {
			if got, want := has.May(least), i >= j; got != want {
				t.Errorf("%s may what wants %s: %v, want %v", has, least, got, want)
			}
		}
		if read, err := operator.ParseRole(string(has)); err != nil || read != has {
			t.Errorf("ParseRole(%s) = %s, %v", has, read, err)
		}
	}
	for _, no := range []operator.Role{"", "admin", "Owner"} {
		if no.May(operator.Viewer) || operator.Owner.May(no) || no.May(no) {
			t.Errorf("%q is a role", no)
		}
		if _, err := operator.ParseRole(string(no)); !errors.Is(err, operator.ErrRole) {
			t.Errorf("ParseRole(%q): %v", no, err)
		}
	}
}
