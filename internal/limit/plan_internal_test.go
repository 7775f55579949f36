package limit

import (
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

// TestDecisionHours_AreReadByTheirHours wants a week of decisions to read no more
// than a week.
func TestDecisionHours_AreReadByTheirHours(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t, func(o *db.Options) { o.DuplicateClosures = false })
	const hours = 720
	for first := 0; first < hours; first += 40 {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			for hour := first; hour < first+40; hour++ {
				for _, rule := range Rules() {
					for _, outcome := range []Outcome{Refused, Challenged, Shadowed} {
						tx.Exec(countDecision, hour, string(rule), string(outcome), 1)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	dbtest.Analyze(t, d, "decision_hours")
	if plan := dbtest.Plan(t, d, decisionHours, 700, hours); dbtest.Scans(plan) {
		t.Errorf("it reads everything:\n%s", strings.Join(plan, "\n"))
	}
}
