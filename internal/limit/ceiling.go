package limit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// Ceilings bound what an installation sends (S-22).
type Ceilings struct {
	ApplicationPerMinute  int
	InstallationPerMinute int
	WonPerDay             int // the day is that of Seoul; its last fifth is kept for priority
	Price                 int // won reserved for a text; TextPrice when 0
}

// TextPrice is the provider's list price of one SMS within Korea, in won.
const TextPrice = 20

const (
	// permitLife is how long a granted permit may be used. Its minute is
	// counted that much longer, so that no minute of use holds one too many.
	permitLife = 2 * time.Second
	// grantSeconds are the seconds of grants that share a minute with a grant
	// now: a minute, the life of a permit, and the second that is cut off.
	grantSeconds = 60 + int64(permitLife/time.Second) + 1
)

// ErrLapsed ends an act whose permit is over before it ran; its caller takes
// another one. It reaches nobody else.
var ErrLapsed = errors.New("the permit lapsed before the act ran")

// Permit is the right to send one text: one of its application's and one of the
// installation's sends a minute, and its price of the day's won.
type Permit struct {
	of    *permits // nil where nothing is bounded
	batch int64
	until db.Time
}

// Check ends an act with [ErrLapsed] when the permit does not hold at its time.
func (p Permit) Check(tx *db.Tx) error {
	if p.of != nil && tx.Now >= p.until {
		return ErrLapsed
	}
	return nil
}

// permits are what a node has been granted for one application and not used.
type permits struct {
	application string
	priority    bool

	waiting atomic.Int64
	mu      sync.Mutex // held while more are asked for: those who come meanwhile wait
	batch   int64      // counts the grants
	left    int
	used    int     // of this batch, to ask for twice as many
	second  int64   // the batch was granted in
	day     int64   // its won are of
	until   db.Time // it may be used
	refused error   // what the last grant said, believed until recheck
	recheck db.Time

	shadowed []Rule // that would have refused the batch
	quota    quota  // of the application, when the batch was granted
	reserved int    // of the day's won, before the batch was granted
	won      int    // that might be spent that day
}

// quota is what is left of an application's minute.
type quota struct {
	most, left int
	reset      db.Time // when the oldest of what was taken comes back
}

// Permit takes a permit from memory, or has more granted in a transaction of
// its own. Refusal: [ErrBudget] with the wait until the ceiling lets one more
// through; [ErrUnreadable].
//
// A permit that is not used after all is given back with [Limits.GiveBack].
func (l *Limits) Permit(ctx context.Context, c Case, priority bool) (Permit, error) {
	if l.ceilings == nil {
		return Permit{}, nil
	}
	p := l.permitsOf(c.Application, priority)
	p.waiting.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.usable(l.db.Now()) && (p.refused == nil || l.db.Now() >= p.recheck) {
		p.refused = l.grant(ctx, p)
		p.recheck = l.db.Now().Add(time.Second)
	}
	p.waiting.Add(-1)
	if !p.usable(l.db.Now()) {
		return Permit{}, l.refusedPermit(c, p.refused)
	}
	for _, rule := range p.shadowed {
		l.note(rule, Shadowed, c)
	}
	p.left--
	p.used++
	if (p.reserved+p.used*l.ceilings.Price)*5 >= p.won*4 {
		l.alarm(wonLow, "")
	}
	return Permit{of: p, batch: p.batch, until: p.until}, nil
}

// usable reports whether a permit is left and may be used now.
func (p *permits) usable(now db.Time) bool { return p.left > 0 && now < p.until }

// refusedPermit notes which ceiling refused and returns what the caller hears.
func (l *Limits) refusedPermit(c Case, why error) error {
	var over overCeiling
	switch {
	case errors.As(why, &over):
	case fault.As(why) != nil: // the database says better what is wrong
		return why
	default:
		return errors.Join(ErrUnreadable.After(time.Second), why)
	}
	l.note(over.rule, Refused, c)
	return ErrBudget.After(max(over.until.Sub(l.db.Now()), time.Second))
}

// GiveBack returns a permit whose text was not written. One of an older batch is
// gone: nobody can tell any more whether it was accounted for.
func (l *Limits) GiveBack(p Permit) {
	if p.of == nil {
		return
	}
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	if p.batch == p.of.batch {
		p.of.left++
		p.of.used--
	}
}

// Quota returns how many texts an application may start in a minute, how many of
// them are left as this node knows, and when more come back. It looks at memory
// alone; ok is false where nothing is bounded.
func (l *Limits) Quota(application string) (limit, left int, reset time.Duration, ok bool) {
	if l.ceilings == nil {
		return 0, 0, 0, false
	}
	limit = l.knownCeilings(application).ApplicationPerMinute
	left = limit
	now := l.db.Now()
	var newest int64
	held := 0
	for _, priority := range []bool{false, true} {
		p := l.permitsOf(application, priority)
		p.mu.Lock()
		if p.usable(now) {
			held += p.left
		}
		if p.second > newest && p.quota.reset > now {
			newest, limit, left, reset = p.second, p.quota.most, p.quota.left, p.quota.reset.Sub(now)
		}
		p.mu.Unlock()
	}
	return limit, min(max(left, 0)+held, limit), reset, true
}

func (l *Limits) permitsOf(application string, priority bool) *permits {
	key := application
	if priority {
		key += " priority"
	}
	if p, ok := l.permits.Load(key); ok {
		return p.(*permits)
	}
	p, _ := l.permits.LoadOrStore(key, &permits{application: application, priority: priority})
	return p.(*permits)
}

// overCeiling says which ceiling lets nothing through, and until when.
type overCeiling struct {
	rule  Rule
	until db.Time
}

func (o overCeiling) Error() string { return "the ceiling " + string(o.rule) + " is reached" }

// grant asks for as many permits as are likely to be used, twice as many as of
// the batch before, and gives back what that has left. It holds the lock of p.
func (l *Limits) grant(ctx context.Context, p *permits) error {
	want := int(p.waiting.Load()) + 2*p.used
	back := returned{second: p.second, day: p.day, permits: p.left}
	p.left, p.used = 0, 0 // whatever comes of it: what was granted once is never used twice
	var got granted
	err := l.db.Update(ctx, func(tx *db.Tx) (err error) {
		got, err = l.grantIn(tx, p, want, back)
		return err
	})
	if err != nil {
		return fmt.Errorf("taking permits: %w", err)
	}
	p.batch++
	p.left, p.second, p.day, p.until, p.shadowed = got.permits, got.second, got.day, got.until, got.shadowed
	p.quota, p.reserved, p.won = got.quota, got.reserved, got.won
	for _, rule := range got.alarms {
		l.alarm(rule, l.scope(rule, p.application))
	}
	if got.over.rule != "" {
		return got.over
	}
	return nil
}

// returned is what is left of an earlier batch.
type returned struct {
	second, day int64
	permits     int
}

// granted is what a transaction granted.
type granted struct {
	permits     int
	second, day int64
	until       db.Time
	over        overCeiling // when permits is 0
	shadowed    []Rule
	alarms      []Rule
	quota       quota
	reserved    int // of the day's won, before
	won         int // that may be spent that day
}

// grantIn locks the rows of day, installation and application, in this order on
// every node, and takes what all three have. The budgets are read behind the
// locks: from the moment one is changed nothing more is granted by the old one.
func (l *Limits) grantIn(tx *db.Tx, p *permits, want int, back returned) (g granted, err error) {
	g.second, g.day = tx.Now.Std().Unix(), seoulDay(tx.Now)
	g.until = min(tx.Now.Add(permitLife), seoulMidnight(g.day+1))
	price := l.ceilings.Price
	if back.permits > 0 {
		tx.Exec(chargeDay, back.day, -back.permits*price)
	}
	tx.Exec(lockDay, g.day)
	tx.Exec(lockCeiling, installationScope, tx.Now)
	tx.Exec(lockCeiling, p.scope(), tx.Now)
	all, own, set, err := readCeilings(tx, p)
	if err != nil {
		return granted{}, err
	}
	reserved, err := reservedOn(tx, g.day)
	if err != nil {
		return granted{}, err
	}
	all.put(back.second, -back.permits)
	own.put(back.second, -back.permits)
	all.forget(g.second)
	own.forget(g.second)

	c := set.over(*l.ceilings, p.application)
	g.won = c.WonPerDay
	won := g.won
	if !p.priority {
		won -= won / 5
	}
	g.permits = want
	for _, of := range []struct {
		rule Rule
		left int
		free db.Time
	}{
		{Application, c.ApplicationPerMinute - own.sum(), own.free(g.second)},
		{Installation, c.InstallationPerMinute - all.sum(), all.free(g.second)},
		{Won, (won - reserved) / price, seoulMidnight(g.day + 1)},
	} {
		if of.left < 1 {
			g.alarms = append(g.alarms, of.rule)
		}
		switch {
		case of.left >= g.permits:
		case l.shadows(of.rule):
			g.shadowed = append(g.shadowed, of.rule)
		case of.left < 1 && g.permits > 0:
			g.permits, g.over = 0, overCeiling{of.rule, of.free}
		default: // less than nothing may be left
			g.permits = min(g.permits, max(of.left, 0))
		}
	}
	g.reserved = reserved
	all.put(g.second, g.permits)
	own.put(g.second, g.permits)
	g.quota = quota{c.ApplicationPerMinute, c.ApplicationPerMinute - own.sum(), own.free(g.second)}
	tx.Exec(chargeDay, g.day, g.permits*price)
	tx.Exec(writeCeiling, installationScope, all.String())
	tx.Exec(writeCeiling, p.scope(), own.String())
	return g, nil
}

// The scopes of rows of grants.
const (
	installationScope = "installation"
	applicationScope  = "application " // and its id
)

func (p *permits) scope() string { return applicationScope + p.application }

// readCeilings reads the two rows of grants that are locked, and the budgets.
func readCeilings(tx *db.Tx, p *permits) (all, own grants, set budgets, err error) {
	all, own, set = grants{}, grants{}, budgets{}
	args := []any{installationScope, p.scope(), p.application}
	err = tx.Each(selectCeilings, args, func(scan func(...any) error) error {
		var scope, text string
		var rule Rule
		var most int
		if err := scan(&scope, &text, &rule, &most); err != nil {
			return err
		}
		switch {
		case rule != "":
			set[gateKey{rule, scope}] = most
			return nil
		case scope == installationScope:
			return all.read(text)
		}
		return own.read(text)
	})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("reading the ceilings: %w", err)
	}
	return all, own, set, nil
}

// reservedOn reads how many won of a day are reserved or spent.
func reservedOn(tx *db.Tx, day int64) (won int, err error) {
	err = tx.Row(selectDay, day).Scan(&won)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("reading the day's won: %w", err)
	}
	return won, nil
}

// Release gives won back to the day that a text was written on: its price when
// it was dropped or refused, what it cost less than the list price when the
// provider's figure is known; a negative amount charges what it cost more.
func (l *Limits) Release(tx *db.Tx, at db.Time, won int) {
	if l.ceilings != nil && won != 0 {
		tx.Exec(chargeDay, seoulDay(at), -won)
	}
}

// spendingDays are the days whose spending tells what a day costs.
const spendingDays = 7

// Spending returns how many won texts cost a day: the mean of the seven days in
// Seoul before today, from the first of them on which anything was sent; on the
// first day of all what that day has cost so far.
func (l *Limits) Spending(tx *db.Tx) (perDay int, err error) {
	today := seoulDay(tx.Now)
	for _, from := range []struct{ first, after int64 }{{today - spendingDays, today}, {today, today + 1}} {
		var days, won int
		if err := tx.Row(spentDays, from.first, from.after).Scan(&days, &won); err != nil {
			return 0, fmt.Errorf("reading what texts have cost: %w", err)
		}
		if days > 0 {
			return (won + days - 1) / days, nil
		}
	}
	return 0, nil
}

// Price returns how many won are reserved for a text.
func (l *Limits) Price() int {
	if l.ceilings == nil {
		return TextPrice
	}
	return l.ceilings.Price
}

// returnPermits gives back what nobody used, so that a node that rests holds
// nothing. A later start is granted anew. With all, those that could still be
// used are given back too.
func (l *Limits) returnPermits(ctx context.Context, all bool) error {
	var failed error
	l.permits.Range(func(_, v any) bool {
		p := v.(*permits)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.left == 0 || !all && l.db.Now() < p.until {
			return true
		}
		failed = l.giveUp(ctx, p)
		return failed == nil
	})
	return failed
}

// giveUp gives back what p has left. It holds the lock of p.
func (l *Limits) giveUp(ctx context.Context, p *permits) error {
	back := returned{second: p.second, day: p.day, permits: p.left}
	p.left, p.used = 0, 0
	p.batch++
	err := l.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(chargeDay, back.day, -back.permits*l.ceilings.Price)
		tx.Exec(lockCeiling, installationScope, tx.Now)
		tx.Exec(lockCeiling, p.scope(), tx.Now)
		all, own, _, err := readCeilings(tx, p)
		if err != nil {
			return err
		}
		all.put(back.second, -back.permits)
		own.put(back.second, -back.permits)
		tx.Exec(writeCeiling, installationScope, all.String())
		tx.Exec(writeCeiling, p.scope(), own.String())
		return nil
	})
	if err != nil && fault.As(err) == nil {
		return fmt.Errorf("giving permits back: %w", err)
	}
	return err
}
