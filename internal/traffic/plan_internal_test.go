package traffic

import (
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// TestSums_AreReadByTheirHours wants no figure to read the sums of other hours
// than its own.
func TestSums_AreReadByTheirHours(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t, func(o *db.Options) { o.DuplicateClosures = false })
	const hours = 800
	for hour := int64(0); hour < hours; hour += 200 {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			for h := hour; h < hour+200; h++ {
				s := newSums(h)
				for _, carrier := range carriers {
					s.cells[cellKey{"app_1", "login", carrier, outbox.Delivered, "4000"}] = &cell{messages: 1}
				}
				s.write(tx)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	dbtest.Analyze(t, d, "traffic_cells")
	dbtest.Analyze(t, d, "traffic_hours")
	queries := map[string]string{"hours": hoursBetween, "rolled": rolledBetween, "passkeys": avoidedBetween}
	for d, query := range sumsBy {
		queries["by "+string(d)] = query
	}
	for name, query := range queries {
		binds := []any{int64(600), int64(624)}
		if strings.HasPrefix(name, "by") {
			binds = append([]any{1}, binds...)
		}
		if plan := dbtest.Plan(t, d, query, binds...); dbtest.Scans(plan) {
			t.Errorf("%s reads everything:\n%s", name, strings.Join(plan, "\n"))
		}
	}
	if plan := dbtest.Plan(t, d, carrierHours, int64(500), int64(540)); dbtest.Scans(plan) {
		t.Errorf("carriers read everything:\n%s", strings.Join(plan, "\n"))
	}
}
