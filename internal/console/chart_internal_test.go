package console

import (
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/traffic"
)

func TestGridStep_IsRoundAndEnoughForTheHighestBar(t *testing.T) {
	t.Parallel()
	for most, want := range map[int]int{0: 1, 1: 1, 3: 1, 4: 2, 6: 2, 7: 5, 15: 5, 16: 10, 150: 50, 151: 100, 12_480: 5000} {
		if got := gridStep(most); got != want {
			t.Errorf("gridStep(%d) = %d, want %d", most, got, want)
		}
	}
}

func TestDrawn_StacksTheThreeParts(t *testing.T) {
	t.Parallel()
	c := drawn([]traffic.Hour{{Sent: 150, Entered: 100, Failed: 25}, {}, {Sent: 1000, Failed: 1}}, 24)
	for part, paths := range map[string][2]string{
		"entered": {c.Entered, "M0.1 204h.8v-12h-.8z"},
		"rest":    {c.Rest, "M0.1 192h.8v-3h-.8zM2.1 204h.8v-117h-.8z"},
		"failed":  {c.Failed, "M0.1 189h.8v-3h-.8zM2.1 87h.8v-2h-.8z"},
	} {
		if paths[0] != paths[1] {
			t.Errorf("%s is drawn %q, want %q", part, paths[0], paths[1])
		}
	}
}

func TestSpikeOf_IsTheWorstBarWhereItIsWorthAWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		bars []traffic.Hour
		want int
	}{
		{"none", nil, -1},
		{"nine", []traffic.Hour{{Sent: 9, Failed: 9}}, -1},
		{"ten of fifty", []traffic.Hour{{Sent: 50, Failed: 10}}, 0},
		{"ten of more", []traffic.Hour{{Sent: 51, Failed: 10}}, -1},
		{"two", []traffic.Hour{{Sent: 50, Failed: 10}, {Sent: 90, Failed: 20}}, 1},
	} {
		if got := spikeOf(c.bars); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestAmounts_AreWrittenAsPeopleDo(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1_234_567: "1,234,567", -5: "-5", -12_345: "-12,345"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration][2]string{
		2840 * time.Millisecond: {"x.seconds", "2.8"}, 18 * time.Second: {"x.seconds", "18"}, 119 * time.Second: {"x.seconds", "119"},
		150 * time.Second: {"x.minutes", "3"}, 840 * time.Millisecond: {"x.ms", "840"}, 3 * time.Hour: {"x.hours", "3"}, 0: {"x.seconds", "0.0"},
	} {
		if id, n := took("x", d); id != want[0] || n != want[1] {
			t.Errorf("%v is %s of %s, want %v", d, n, id, want)
		}
	}
}
