package traffic_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain takes fewer histories where the race detector makes each of them ten
// times as dear, unless -rapid.checks says how many.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if raced && !asked {
		if err := flag.Set("rapid.checks", "10"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
