package traffic

import (
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// gather calls add with each text that was asked for in some hours. It reads an
// hour at once, so that what is remembered of it stays small.
func gather(tx *db.Tx, from, to int64, add func(text)) error {
	for hour := from; hour < to; hour++ {
		since, until := startOf(hour), startOf(hour+1)
		entered := make(map[string]db.Time)
		err := verify.Entered(tx, since, until, func(messageID string, at db.Time) { entered[messageID] = at })
		if err != nil {
			return err
		}
		err = outbox.EachSent(tx, since, until, func(s *outbox.Sent) error {
			add(text{s, entered[s.ID]})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// asideText is a message that is set aside.
type asideText struct {
	messageID string
	hour      int64
	entered   db.Time
}

// readAside reads what of some hours is set aside.
func readAside(tx *db.Tx, w Window) (list []asideText, err error) {
	err = tx.Each(asideBetween, []any{w.From, w.To}, func(scan func(...any) error) error {
		var a asideText
		err := scan(&a.messageID, &a.hour, &a.entered)
		list = append(list, a)
		return err
	})
	return list, err
}

// gatherAside calls add once with each text that is set aside and still there,
// and the hour it belongs to.
func gatherAside(tx *db.Tx, list []asideText, add func(asideText, text)) error {
	known := make(map[string]asideText, len(list))
	ids := make([]string, len(list))
	for i, a := range list {
		known[a.messageID], ids[i] = a, a.messageID
	}
	return outbox.EachSentOf(tx, ids, func(s *outbox.Sent) error {
		if a, ok := known[s.ID]; ok {
			delete(known, s.ID)
			add(a, text{s, a.entered})
		}
		return nil
	})
}

// gaps returns the hours of a window that are not added up and in which something
// may have happened, those side by side together.
func gaps(tx *db.Tx, w Window) (list []Window, err error) {
	oldest, err := oldest(tx)
	if err != nil {
		return nil, err
	}
	from, to := max(w.From, hourOf(oldest)), min(w.To, hourOf(tx.Now)+2) // a node's clock may be ahead
	gap := func(to int64) {
		if from < to {
			list = append(list, Window{from, to})
		}
	}
	err = tx.Each(rolledBetween, []any{from, to}, func(scan func(...any) error) error {
		var hour int64
		err := scan(&hour)
		gap(hour)
		from = hour + 1
		return err
	})
	gap(to)
	return list, err
}

// oldest returns when the first message was written or the first event happened.
// Where there is none it is now.
func oldest(tx *db.Tx) (at db.Time, err error) {
	at = tx.Now
	for _, of := range []func(*db.Tx) (db.Time, bool, error){outbox.Oldest, audit.Oldest} {
		first, ok, err := of(tx)
		if err != nil {
			return 0, err
		}
		if ok {
			at = min(at, first)
		}
	}
	return at, nil
}

// raw calls add with each text of a window that is in no sum: those of hours that
// are not added up, and those set aside.
func raw(tx *db.Tx, w Window, gaps []Window, add func(text)) error {
	for _, gap := range gaps {
		if err := gather(tx, gap.From, gap.To, add); err != nil {
			return err
		}
	}
	aside, err := readAside(tx, w)
	if err != nil {
		return err
	}
	return gatherAside(tx, aside, func(_ asideText, x text) { add(x) })
}

// passkeys counts the texts that passkeys have avoided in some hours.
func passkeys(tx *db.Tx, from, to int64) (int, error) {
	return audit.Count(tx, audit.SignedIn, wayPasskey, startOf(from), startOf(to))
}

// wayPasskey is the detail of a sign-in with a passkey.
const wayPasskey = "passkey"
