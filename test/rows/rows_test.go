package rows

import (
	"testing"

	"github.com/sinpyo/sinpyo/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// world is an installation under test.
type world struct{ *kit.World }

// The words of the kit that stand in every test here.
type (
	setup        = kit.Setup
	node         = kit.Node
	answer       = kit.Answer
	fields       = kit.Fields
	edit         = kit.Edit
	verification = kit.Verification
	message      = kit.Message
	journal      = kit.Journal
)

func newWorld(t *testing.T, s setup) *world {
	t.Helper()
	return &world{kit.NewWorld(t, s)}
}

// in returns the same world for a subtest, whose failures are its own.
func (w *world) in(t *testing.T) *world { return &world{w.In(t)} }
