package consent_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sinpyo/sinpyo/internal/consent"
)

// standing is what a member agrees to now: items and the versions that stand.
type standing map[string]bool // "terms 1"

// replay goes through the ledger's rows as a stranger would who was handed them:
// each agreement adds, each withdrawal takes its own away, in the order of time.
func replay(list []consent.Agreement) standing {
	type step struct {
		at   time.Time
		do   bool
		what string
	}
	var steps []step
	for _, a := range list {
		steps = append(steps, step{a.AgreedAt, true, a.Item + " " + a.Version})
		if !a.WithdrawnAt.IsZero() {
			steps = append(steps, step{a.WithdrawnAt, false, a.Item + " " + a.Version})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	now := standing{}
	for _, s := range steps {
		if s.do {
			now[s.what] = true
		} else {
			delete(now, s.what)
		}
	}
	return now
}

// TestLedger_ReplaysToWhatStands has members join, agree, withdraw and meet new
// versions at random, and keeps in plain Go what they agree to. After every act
// the ledger replays to the same, says the same is missing, and has lost or
// changed no row that it had before.
func TestLedger_ReplaysToWhatStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.Book(), edition(t, "2")
	var members atomic.Int64
	rapid.Check(t, func(r *rapid.T) {
		user := fmt.Sprint("usr_", members.Add(1))
		book := first
		ledger := func() *consent.Ledger { return consent.New(consent.Options{DB: w.db, Book: book}) }
		want := standing{}
		agree := func(ids []string) {
			for _, id := range ids {
				if item, ok := book.Item(id); ok {
					want[id+" "+item.Version] = true
				}
			}
		}
		agrees := func(id string) bool { return want[id+" 1"] || want[id+" 2"] }
		ids := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"age_14", "terms", "marketing_sms", "marketing_night"}), rapid.ID)

		ticked := append(ids.Draw(r, "ticked"), "age_14", "terms")
		w.join(user, ticked...)
		for _, id := range ticked {
			if id != "marketing_night" || slices.Contains(ticked, "marketing_sms") {
				agree([]string{id})
			}
		}
		var before []consent.Agreement
		check := func(r *rapid.T) {
			rows, err := ledger().Agreements(t.Context(), user)
			if err != nil {
				r.Fatal(err)
			}
			if got := replay(rows); !maps.Equal(got, want) {
				r.Fatalf("the ledger replays to %v, want %v", got, want)
			}
			for _, old := range before {
				if !slices.ContainsFunc(rows, func(a consent.Agreement) bool {
					if old.Stands() { // it may have been withdrawn since
						a.WithdrawnAt, a.WithdrawnScreen = time.Time{}, ""
					}
					return a == old
				}) {
					r.Fatalf("the row %+v has gone or changed", old)
				}
			}
			before = rows
			missing, err := ledger().Missing(t.Context(), user)
			if err != nil {
				r.Fatal(err)
			}
			for _, item := range book.Items() {
				asked := slices.ContainsFunc(missing, func(m consent.Item) bool { return m.ID == item.ID })
				if lacks := item.Required && !want[item.ID+" "+item.Version]; asked != lacks {
					r.Fatalf("%s is asked again: %v, want %v", item.ID, asked, lacks)
				}
			}
		}
		r.Repeat(map[string]func(*rapid.T){
			"": check,
			"agree": func(r *rapid.T) {
				w.clock.Advance(time.Duration(rapid.IntRange(0, 2).Draw(r, "wait")) * time.Second)
				chosen := ids.Draw(r, "ids")
				err := ledger().Agree(t.Context(), user, "ko", consent.Account, chosen...)
				night := slices.Contains(chosen, "marketing_night")
				_, asked := book.Item("marketing_night")
				switch {
				case night && !asked:
					if !errors.Is(err, consent.ErrUnknown) {
						r.Fatalf("agreeing to %v: %v, want ErrUnknown", chosen, err)
					}
				case night && !slices.Contains(chosen, "marketing_sms") && !agrees("marketing_sms"):
					if !errors.Is(err, consent.ErrDayFirst) {
						r.Fatalf("agreeing to %v: %v, want ErrDayFirst", chosen, err)
					}
				case err != nil:
					r.Fatalf("agreeing to %v: %v", chosen, err)
				default:
					agree(chosen)
				}
			},
			"withdraw": func(r *rapid.T) {
				w.clock.Advance(time.Second) // a replay tells the two apart by their times
				id := rapid.SampledFrom([]string{"age_14", "terms", "marketing_sms", "marketing_night"}).Draw(r, "id")
				err := ledger().Withdraw(t.Context(), user, consent.Account, id)
				item, _ := book.Item(id)
				switch {
				case item.Required:
					if !errors.Is(err, consent.ErrRequired) {
						r.Fatalf("withdrawing %s: %v, want ErrRequired", id, err)
					}
				case !agrees(id):
					if !errors.Is(err, consent.ErrNotGiven) {
						r.Fatalf("withdrawing %s: %v, want ErrNotGiven", id, err)
					}
				case err != nil:
					r.Fatalf("withdrawing %s: %v", id, err)
				default:
					gone := []string{id}
					if _, night := book.Item("marketing_night"); id == "marketing_sms" && night {
						gone = append(gone, "marketing_night")
					}
					for _, id := range gone {
						delete(want, id+" 1")
						delete(want, id+" 2")
					}
				}
			},
			"edition": func(*rapid.T) {
				if book == first {
					book = second
				} else {
					book = first
				}
			},
		})
	})
}
