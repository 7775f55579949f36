package faults

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// quick lets the ceilings stay out of what is tested here.
var quick = []string{"SINPYO_COOLSMS_CALLS_PER_SECOND=1000"}

// TestRow38_KillsUnderLoadLoseAndDoubleNothing kills the program while people
// ask for texts, whatever it is doing, and starts it again.
func TestRow38_KillsUnderLoadLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	kills := kit.Times(t, 500, 15)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), "process killed at random under load")
	chance := rand.New(rand.NewPCG(1, 0))
	for range kills {
		stop := y.load(4)
		time.Sleep(time.Duration(chance.Int64N(int64(200 * time.Millisecond)))) // some moment
		y.A().Kill()
		y.Injected++
		y.A().Up()
		y.recovered(time.Now())
		stop()
		y.countInTime()
	}
	y.report()
}
