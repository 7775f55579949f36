package limit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Wrong checks in a day over all numbers beyond which an attack is assumed, and
// below which it is over (S-25).
const (
	sprayingLine = 10_000
	sprayingOver = sprayingLine / 2
)

// The approvals per hundred texts of an application and hour (S-24).
const (
	conversionLeast     = 50 // texts, before they tell anything
	conversionAlarm     = 50
	conversionChallenge = 20
	conversionHolds     = time.Hour // a challenge lasts at least as long
)

// The lengths of codes.
const (
	ShortCode = 6
	SprayCode = 8  // while spraying is under way
	LongCode  = 10 // in the lanes Long and Recovering
)

const (
	gatesEvery = time.Second
	// gatesMost is how old what is known of the gates may be (S-26).
	gatesMost = 10 * time.Second
)

// Level is what a gate asks for.
type Level string

// The levels.
const (
	Normal      Level = "open"      // nothing
	Alarming    Level = "alarm"     // the operator's attention
	Challenging Level = "challenge" // a challenge before each start
)

// Gate is something out of the ordinary, as the console shows it.
type Gate struct {
	Rule  Rule
	Scope string // an application, or "" for the installation
	Level Level
	Since db.Time
	Until db.Time // it holds at least until then
}

// gates are what a node knows of them.
type gates struct {
	mu       sync.Mutex
	read     bool
	at       db.Time // when they were read
	tried    db.Time // when that was tried last
	open     map[gateKey]Gate
	spraying bool
	budgets  budgets // as they were read with the gates
	changed  bool    // since permits were given back for it
	ranges   ranges
}

type gateKey struct {
	rule  Rule
	scope string
}

func newGates() *gates { return &gates{} }

// Admit says how long the short codes are at the moment, or refuses with
// [ErrChallenge] while an attack is under way and no challenge was solved, or
// with [ErrUnreadable] when what is known of that is older than ten seconds. It
// reads the gates at most once a second. Where the person's network is known it
// also asks for a challenge when numbers near to this one are tried.
func (l *Limits) Admit(ctx context.Context, c Case, solved bool) (digits int, err error) {
	g := l.gates
	g.mu.Lock()
	defer g.mu.Unlock()
	now := l.db.Now()
	if now.Sub(g.tried) >= gatesEvery {
		err = l.look(ctx, now)
	}
	if !g.read || now.Sub(g.at) >= gatesMost {
		return 0, errors.Join(ErrUnreadable.After(gatesEvery), err)
	}
	digits = ShortCode
	if g.spraying {
		if !l.shadows(Spraying) {
			digits = SprayCode
		}
		if err := l.challenge(Spraying, c, solved); err != nil {
			return 0, err
		}
	}
	if g.open[gateKey{Conversion, c.Application}].Level == Challenging {
		if err := l.challenge(Conversion, c, solved); err != nil {
			return 0, err
		}
	}
	if c.Network != nil && c.Thousand != 0 && !solved && g.ranges.walked(c.Thousand, c.Number, now) {
		if err := l.challenge(Range, c, solved); err != nil {
			return 0, err
		}
	}
	return digits, nil
}

// challenge asks for a challenge by a rule, unless one was solved or the rule is
// in shadow.
func (l *Limits) challenge(rule Rule, c Case, solved bool) error {
	switch {
	case solved:
		return nil
	case l.shadows(rule):
		l.note(rule, Shadowed, c)
		return nil
	}
	l.note(rule, Challenged, c)
	return ErrChallenge.After(time.Minute)
}

// look reads the gates and the wrong checks of the last day, and moves the gate
// of spraying where they crossed a line. It holds the lock of the gates.
func (l *Limits) look(ctx context.Context, now db.Time) error {
	l.gates.tried = now
	var wrong int64
	var open map[gateKey]Gate
	var set budgets
	err := l.db.View(ctx, func(tx *db.Tx) (err error) {
		if open, err = readGates(tx); err != nil {
			return err
		}
		if set, err = readBudgets(tx); err != nil {
			return err
		}
		// The hour that has begun and the 24 before it: a whole day, at least.
		return tx.Row(sumWrong, tx.Now.Std().Unix()/3600-24).Scan(&wrong)
	})
	if err != nil {
		return fmt.Errorf("reading the gates: %w", err)
	}
	g := l.gates
	g.changed = g.changed || g.read && !maps.Equal(g.budgets, set)
	g.read, g.at, g.open, g.budgets = true, now, open, set
	known := open[gateKey{Spraying, ""}].Level == Challenging
	g.spraying = wrong > sprayingLine || known && wrong >= sprayingOver
	if g.spraying == known {
		return nil
	}
	level := Normal
	if g.spraying {
		level = Challenging
		l.alarm(Spraying, "")
	}
	return l.setGate(ctx, Spraying, "", level, now)
}

func readGates(tx *db.Tx) (map[gateKey]Gate, error) {
	open := make(map[gateKey]Gate)
	err := tx.Each(selectGates, nil, func(scan func(...any) error) error {
		var g Gate
		err := scan(&g.Rule, &g.Scope, &g.Level, &g.Since, &g.Until)
		open[gateKey{g.Rule, g.Scope}] = g
		return err
	})
	return open, err
}

func (l *Limits) setGate(ctx context.Context, rule Rule, scope string, level Level, until db.Time) error {
	err := l.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(setGate, string(rule), scope, string(level), tx.Now, until)
		return nil
	})
	return failed("moving a gate", err)
}

// Gates returns what is out of the ordinary now, challenges first, the newest
// first.
func (l *Limits) Gates(tx *db.Tx) ([]Gate, error) {
	open, err := readGates(tx)
	var list []Gate
	for _, g := range open {
		if g.Rule == alarmText {
			continue // is about texts of alarms
		}
		if g.Level == Challenging || g.Level == Alarming && g.Until > tx.Now {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b Gate) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(b.Since, a.Since), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Scope, b.Scope))
	})
	return list, failed("reading the gates", err)
}

// Converted tells how many of an application's texts of an hour were answered
// with the right code (S-24), which raises an alarm or turns the challenge on or
// off. A challenge lasts an hour, and goes on as long as the hour before is no
// better.
func (l *Limits) Converted(ctx context.Context, application string, sent, approved int) error {
	l.gates.mu.Lock()
	defer l.gates.mu.Unlock()
	known := l.gates.open[gateKey{Conversion, application}]
	now := l.db.Now()
	if sent >= conversionLeast && approved*100 < sent*conversionAlarm {
		l.alarm(Conversion, application)
	}
	switch {
	case sent >= conversionLeast && approved*100 < sent*conversionChallenge:
		l.gates.tried = 0 // look again at the next start
		return l.setGate(ctx, Conversion, application, Challenging, now.Add(conversionHolds))
	case known.Level == Challenging && now >= known.Until:
		l.gates.tried = 0
		return l.setGate(ctx, Conversion, application, Normal, now)
	}
	return nil
}
