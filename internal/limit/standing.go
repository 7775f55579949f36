package limit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/gcra"
)

// Figure is one number that a rule goes by.
type Figure struct {
	Rule Rule
	What string        // "texts", "wrong codes", "long codes" of ten digits, "numbers", "in a row", "recovery", "share", "won"
	Most int           // in Per; of a share, in a hundred
	Per  time.Duration // 0 where no time gives back
}

// Figures are the numbers of the rules that no setting changes.
func Figures() []Figure {
	figures := []Figure{
		{NumberSends, "texts", 1, sendGap}, {NumberSends, "texts", sendsInHour, time.Hour}, {NumberSends, "texts", sendsInDay, day},
	}
	for _, rule := range []Rule{NumberWrong, DeviceSends} {
		if rule == DeviceSends {
			figures = append(figures,
				Figure{NumberWrong, "long codes", wrongLong.Limit, wrongLong.Window},
				Figure{NumberLocked, "in a row", wrongInRow, 0}, Figure{NumberLocked, "recovery", wrongRecovery, 0},
				Figure{DeviceSends, "texts", deviceSendsInHour, time.Hour}, Figure{DeviceSends, "texts", deviceSendsInDay, day})
		}
		for _, r := range []gcra.Rate{wrongHour, wrongDay, wrongMonth} {
			figures = append(figures, Figure{rule, "wrong codes", r.Limit, r.Window})
		}
	}
	return append(figures,
		Figure{Network, "texts", networkSendsInHour, time.Hour}, Figure{Network, "texts", networkSendsInDay, day},
		Figure{Network, "numbers", networkNumbersInHour, time.Hour},
		Figure{Conversion, "share", conversionChallenge, time.Hour}, Figure{Spraying, "wrong codes", sprayingLine, day},
		Figure{Range, "numbers", rangeStarts, rangeWindow})
}

// Standing is how far what an installation may send is used up now.
type Standing struct {
	Day          int // won of today that are reserved or spent
	WonPerDay    int
	Installation Minute
	Applications []Minute // that had a text granted within the last minute
	Budgets      []Budget
	Gates        []Gate // what is out of the ordinary
}

// Minute is how many texts of a minute were granted.
type Minute struct {
	Application string // "" for the installation
	Used, Most  int
}

// KeptForPriority returns how many won of a day's are kept for those who have
// priority: logins and browsers that signed in before.
func KeptForPriority(wonPerDay int) int { return wonPerDay / 5 }

// Standing reads how far the budgets are used up.
func (l *Limits) Standing(ctx context.Context) (s Standing, err error) {
	err = l.db.View(ctx, func(tx *db.Tx) error { s, err = l.standing(tx); return err })
	return s, err
}

func (l *Limits) standing(tx *db.Tx) (s Standing, err error) {
	if s.Budgets, err = l.Budgets(tx); err != nil {
		return Standing{}, err
	}
	set := budgets{}
	for _, b := range s.Budgets {
		if b.Set {
			set[gateKey{b.Rule, b.Application}] = b.Most
		}
	}
	c := set.over(l.settings(), "")
	s.WonPerDay, s.Installation.Most = c.WonPerDay, c.InstallationPerMinute
	now := tx.Now.Std().Unix()
	err = tx.Each(grantedSince, []any{tx.Now.Add(-time.Duration(grantSeconds) * time.Second)}, func(scan func(...any) error) error {
		var scope, text string
		if err := scan(&scope, &text); err != nil {
			return err
		}
		g := grants{}
		if err := g.read(text); err != nil {
			return err
		}
		g.forget(now)
		id, isApplication := strings.CutPrefix(scope, applicationScope)
		switch used := g.sum(); {
		case !isApplication:
			s.Installation.Used = used
		case used > 0:
			s.Applications = append(s.Applications, Minute{id, used, set.over(c, id).ApplicationPerMinute})
		}
		return nil
	})
	if err != nil {
		return Standing{}, fmt.Errorf("reading the ceilings: %w", err)
	}
	if s.Day, err = reservedOn(tx, seoulDay(tx.Now)); err != nil {
		return Standing{}, err
	}
	s.Gates, err = l.Gates(tx)
	return s, err
}

// Shadowed reports whether a rule is in shadow: it decides and refuses nothing.
func (l *Limits) Shadowed(rule Rule) bool { return l.shadows(rule) }

// Sends are the limits of texts to a number and for a network, of those that no
// setting changes.
type Sends struct {
	Pause       time.Duration // between two to a number
	NumberHour  int
	NumberDay   int
	NetworkHour int
}

// SendLimits returns them.
func SendLimits() Sends { return Sends{sendGap, sendsInHour, sendsInDay, networkSendsInHour} }
