package faults

import (
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// stopMost is how long a stop may take (S-116).
const stopMost = 10 * time.Second

// TestFaults_StopsUnderLoadLoseNothing tells the program to stop while people ask
// for texts and the provider takes its time, and starts it again.
func TestFaults_StopsUnderLoadLoseNothing(t *testing.T) {
	t.Parallel()
	stops := kit.Times(t, 20, 2)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), "stopped in order under load")
	for i := range stops {
		quick := func() {}
		if i%2 == 0 {
			quick = y.slow()
		}
		end := y.load(2)
		y.busy()
		began := time.Now()
		y.A().Stop()
		if took := time.Since(began); took > stopMost {
			t.Errorf("a stop took %v", took)
		}
		y.Injected++
		quick()
		y.A().Up()
		y.recovered(time.Now())
		end()
		y.count()
	}
	y.report()
}
