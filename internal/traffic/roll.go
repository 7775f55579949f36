package traffic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

const (
	// settleAfter is when nothing more is entered in an hour that is over: its
	// last codes have run out, and clocks may differ.
	settleAfter = verify.EnteredWithin + 10*time.Minute
	// asideMost is how many messages of an hour are set aside. An hour with more
	// of them waits: the provider's reports are away, and it is read whole.
	asideMost = 500
	// againAfter is when such an hour is looked at again.
	againAfter = 10 * time.Minute
	// lateMost is how old a message is that no late report is waited for any more.
	lateMost = 30 * dayHours * hourLong
	// foldMost is how many messages that were set aside one act adds.
	foldMost = 200
	// blocksMost is how many blocks of numbers are kept of each hour.
	blocksMost = 20
)

// errRolled ends an act because another node did the same meanwhile.
var errRolled = errors.New("another node has added it up")

// plan is which hours are still to be added up.
type plan struct {
	mu      sync.Mutex
	below   int64             // all hours below are, from the first on
	missing []int64           // the newest last
	again   map[int64]db.Time // hours that were full of messages without an end: when to look again
	planned bool
}

// Roll adds up the newest closed hour that is not, and reports whether there are
// more. When there is none it adds what was set aside and has ended since.
func (t *Traffic) Roll(ctx context.Context) (more bool, err error) {
	p := &t.plan
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.planned {
		if err := t.look(ctx, p); err != nil {
			return false, fmt.Errorf("looking for hours to add up: %w", err)
		}
		p.planned = true
	}
	if len(p.missing) == 0 {
		p.planned = false
		if err := t.foldAside(ctx); err != nil {
			return false, fmt.Errorf("adding what was set aside: %w", err)
		}
		return false, nil
	}
	hour := p.missing[len(p.missing)-1]
	if err := t.rollHour(ctx, p, hour); err != nil {
		p.planned = false
		return false, fmt.Errorf("adding up an hour: %w", err)
	}
	p.missing = p.missing[:len(p.missing)-1]
	return true, nil
}

// look finds the closed hours that are not added up.
func (t *Traffic) look(ctx context.Context, p *plan) error {
	p.missing = nil
	return t.db.View(ctx, func(tx *db.Tx) error {
		closed := closedAt(tx.Now)
		holes, err := gaps(tx, Window{p.below, closed})
		for _, hole := range holes {
			for hour := hole.From; hour < hole.To; hour++ {
				if at, ok := p.again[hour]; !ok || at <= tx.Now {
					p.missing = append(p.missing, hour)
				}
			}
		}
		if err != nil {
			return err
		}
		p.below = closed
		if len(holes) > 0 {
			p.below = holes[0].From
		}
		return nil
	})
}

// closedAt returns the hour before which all have been closed.
func closedAt(now db.Time) int64 { return hourOf(now.Add(-settleAfter)) }

// cellKey is what the texts of a cell have in common.
type cellKey struct {
	applicationID, purpose, carrier string
	status                          outbox.Status
	statusCode                      string
}

func keyOf(x text) cellKey {
	return cellKey{x.ApplicationID, x.Purpose, x.Carrier, x.Status, x.StatusCode}
}

// sums is what is added to an hour.
type sums struct {
	hour     int64
	cells    map[cellKey]*cell
	aside    []asideText
	passkeys int
	blocks   []outbox.Block
}

func newSums(hour int64) *sums { return &sums{hour: hour, cells: make(map[cellKey]*cell)} }

// add adds a text, or sets it aside.
func (s *sums) add(x text, now db.Time) {
	if !settled(x, now) {
		s.aside = append(s.aside, asideText{x.ID, s.hour, x.entered})
		return
	}
	k := keyOf(x)
	if s.cells[k] == nil {
		s.cells[k] = new(cell)
	}
	s.cells[k].add(x)
}

// settled reports whether nothing of a text changes any more.
func settled(x text, now db.Time) bool {
	return !x.Changes() || x.Status == outbox.Unknown && x.CreatedAt < now.Add(-lateMost)
}

// rollHour adds up one hour, unless too much of it has no end yet.
func (t *Traffic) rollHour(ctx context.Context, p *plan, hour int64) error {
	s := newSums(hour)
	err := t.db.View(ctx, func(tx *db.Tx) (err error) {
		if err := gather(tx, hour, hour+1, func(x text) { s.add(x, tx.Now) }); err != nil {
			return err
		}
		if s.passkeys, err = passkeys(tx, hour, hour+1); err != nil {
			return err
		}
		s.blocks, err = outbox.Blocks(tx, startOf(hour), startOf(hour+1), blocksMost)
		return err
	})
	if err != nil {
		return err
	}
	if len(s.aside) > asideMost {
		if p.again == nil {
			p.again = make(map[int64]db.Time)
		}
		p.again[hour] = t.db.Now().Add(againAfter)
		return nil
	}
	delete(p.again, hour)
	err = t.change(ctx, func(tx *db.Tx) { s.write(tx) })
	if errors.Is(err, errRolled) {
		return nil
	}
	if err == nil {
		t.metrics.hours.Inc()
	}
	return err
}

// change is an act that changes the sums.
func (t *Traffic) change(ctx context.Context, act func(tx *db.Tx)) error {
	t.rolling.Lock()
	defer t.rolling.Unlock()
	return t.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(nextRevision)
		act(tx)
		return nil
	})
}

// write writes an hour that nobody has written.
func (s *sums) write(tx *db.Tx) {
	sum := s.total()
	tx.Must(1, errRolled, insertHour, s.hour, sum.Sent, sum.Delivered, sum.Failed, sum.Codes, sum.Entered, sum.Won, s.passkeys)
	s.writeCells(tx)
	for _, a := range s.aside {
		tx.Exec(insertAside, a.messageID, a.hour, a.entered)
	}
	for _, b := range s.blocks {
		tx.Exec(insertPrefix, s.hour, b.Prefix, b.Sends, b.Won, b.MessageID)
	}
}

// total returns the sum of all cells.
func (s *sums) total() (sum Tally) {
	for k, c := range s.cells {
		sum.add(k.status, c)
	}
	return sum
}

// writeCells adds the cells to those of the hour and to those of its day, always
// in the same order: two nodes that add to the same rows do not wait for each
// other in a circle.
func (s *sums) writeCells(tx *db.Tx) {
	keys := make([]cellKey, 0, len(s.cells))
	for k := range s.cells {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, cellKey.compare)
	for _, of := range []struct{ hours, start int64 }{{dayHours, dayOf(s.hour)}, {1, s.hour}} {
		for _, k := range keys {
			tx.Exec(addCell, append([]any{
				of.hours, of.start, k.applicationID, k.purpose, k.carrier, string(k.status), k.statusCode,
			}, s.cells[k].values()...)...)
		}
	}
}

// values are the sums of a cell in the order of cellSums.
func (c *cell) values() []any {
	v := make([]any, 0, len(cellSums))
	v = append(v, c.messages, c.codes, c.entered, c.won)
	for _, times := range []*Times{&c.arrival, &c.entry} {
		v = append(v, times.ms)
		for _, n := range times.n {
			v = append(v, n)
		}
	}
	return v
}

// places are where the sums of a cell are read to, in the order of cellSums.
func (c *cell) places() []any {
	v := make([]any, 0, len(cellSums))
	v = append(v, &c.messages, &c.codes, &c.entered, &c.won)
	for _, times := range []*Times{&c.arrival, &c.entry} {
		v = append(v, &times.ms)
		for i := range times.n {
			v = append(v, &times.n[i])
		}
	}
	return v
}

// foldAside adds the messages that were set aside and have ended since, a few in
// each act.
func (t *Traffic) foldAside(ctx context.Context) error {
	var aside []asideText
	left := make(map[string]bool) // those that are to be left as they are
	ended := make(map[string]text)
	err := t.db.View(ctx, func(tx *db.Tx) (err error) {
		if aside, err = readAside(tx, Window{-1 << 40, 1 << 40}); err != nil {
			return err
		}
		return gatherAside(tx, aside, func(a asideText, x text) {
			if left[a.messageID] = !settled(x, tx.Now); !left[a.messageID] {
				s := *x.Sent
				ended[a.messageID] = text{&s, x.entered}
			}
		})
	})
	if err != nil {
		return err
	}
	aside = slices.DeleteFunc(aside, func(a asideText) bool { return left[a.messageID] })
	for some := range slices.Chunk(aside, foldMost) {
		err := t.change(ctx, func(tx *db.Tx) { fold(tx, some, ended) })
		if err != nil && !errors.Is(err, errRolled) {
			return err
		}
	}
	return nil
}

// fold adds some messages that have ended to the sums of their hours, and
// forgets those that are erased.
func fold(tx *db.Tx, some []asideText, ended map[string]text) {
	hours := make(map[int64]*sums)
	for _, a := range some {
		tx.Must(1, errRolled, deleteAside, a.messageID)
		x, there := ended[a.messageID]
		if !there {
			continue
		}
		if hours[a.hour] == nil {
			hours[a.hour] = newSums(a.hour)
		}
		hours[a.hour].add(x, tx.Now)
	}
	order := make([]int64, 0, len(hours))
	for hour := range hours {
		order = append(order, hour)
	}
	slices.Sort(order)
	for _, hour := range order {
		sum := hours[hour].total()
		tx.Exec(addToHour, hour, sum.Sent, sum.Delivered, sum.Failed, sum.Codes, sum.Entered, sum.Won)
		hours[hour].writeCells(tx)
	}
}
