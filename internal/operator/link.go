package operator

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
)

// How long links work.
const (
	FirstLinkFor = 30 * time.Minute
	LinkFor      = 24 * time.Hour
)

// ErrLink refuses a link, whatever is wrong with it.
var ErrLink = fault.New(fault.Gone, "operator_link_over",
	"the link is wrong, was used, or has ended: ask an owner for another one, or run sinpyo admin reset")

// A link's token: 100 random bits in base32, written in groups.
const (
	tokenLength = 20
	tokenGroup  = 5
)

// StartPath is the page of the console that takes a link's token.
const StartPath = "/start"

// LinkTo returns the address that a token is handed out as. The token stands
// behind the #, which no browser sends to a server, so that it is in no log
// (S-46).
func LinkTo(console *url.URL, token string) string {
	return console.Scheme + "://" + console.Host + StartPath + "#" + token
}

// Link lets one person join, once.
type Link struct {
	OperatorID string
	Token      string // shown once; stored hashed
	Until      time.Time
}

// newLink draws the token before the transaction that stores it.
func newLink(operatorID string) Link {
	plain := rand.Text()[:tokenLength]
	var groups []string
	for at := 0; at < tokenLength; at += tokenGroup {
		groups = append(groups, plain[at:at+tokenGroup])
	}
	return Link{OperatorID: operatorID, Token: strings.Join(groups, "-")}
}

// write stores the link in the place of one that the operator had.
func (l *Link) write(tx *db.Tx, life time.Duration) {
	until := tx.Now.Add(life)
	l.Until = until.Std()
	tx.Exec(dropLink, l.OperatorID)
	tx.Exec(insertLink, tokenHash(l.Token), l.OperatorID, until)
}

// FirstLink makes the link of the first owner while nobody has joined, which
// needed reports. It takes the place of the one that was made before, and ends
// when somebody joins by whatever link.
func (o *Operators) FirstLink(ctx context.Context) (link Link, needed bool, err error) {
	link = newLink(id.New(idPrefix))
	err = o.db.Update(ctx, func(tx *db.Tx) error {
		joined, err := anybody(tx)
		if needed = !joined; err != nil || joined {
			return err
		}
		if _, err := o.dropLinks(tx, dropFirstLinks); err != nil {
			return err
		}
		link.write(tx, FirstLinkFor)
		return nil
	})
	if err != nil {
		return Link{}, false, fmt.Errorf("making the first operator's link: %w", err)
	}
	if !needed {
		return Link{}, false, nil
	}
	return link, true, nil
}

// anybody reports whether somebody has joined.
func anybody(tx *db.Tx) (joined bool, err error) {
	err = tx.Row(anybodyJoined).Scan(&joined)
	return joined, err
}

// dropLinks ends links by a statement that returns whose they were, erases what
// was begun with them and never confirmed, and returns how many there were.
func (o *Operators) dropLinks(tx *db.Tx, statement string, args ...any) (int, error) {
	var ids []string
	err := tx.Each(statement, args, func(scan func(...any) error) error {
		var operatorID string
		err := scan(&operatorID)
		ids = append(ids, operatorID)
		return err
	})
	for _, operatorID := range ids {
		o.factors.Erase(tx, operatorID)
	}
	return len(ids), err
}

// Invite makes an account and the link with which its person joins. Refusals:
// [ErrName], [ErrNameTaken], [ErrRole].
func (o *Operators) Invite(ctx context.Context, name string, role Role, by Act) (link Link, err error) {
	defer func() { o.metrics.count("invite", err) }()
	if name, err = cleanName(name); err != nil {
		return Link{}, err
	}
	if role, err = ParseRole(string(role)); err != nil {
		return Link{}, err
	}
	link = newLink(id.New(idPrefix))
	err = o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrNameTaken, insertOperator, link.OperatorID, name, nameKey(name), string(role), localeOf(""), tx.Now)
		link.write(tx, LinkFor)
		return keep(tx, by, "create", link.OperatorID, string(role))
	})
	if err != nil {
		return Link{}, fmt.Errorf("inviting an operator: %w", err)
	}
	return link, nil
}

// Open reads a link and uses nothing up. Refusal: [ErrLink].
func (o *Operators) Open(ctx context.Context, token string) (Claim, error) {
	c := Claim{operators: o, hash: tokenHash(token)}
	var name, role sql.NullString
	var until db.Time
	err := o.db.View(ctx, func(tx *db.Tx) error {
		if err := tx.Row(selectLink, c.hash, tx.Now).Scan(&c.OperatorID, &until, &name, &role); err != nil {
			return err
		}
		if c.First = !role.Valid; !c.First {
			return nil
		}
		joined, err := anybody(tx)
		if err == nil && joined {
			err = ErrLink
		}
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Claim{}, ErrLink
	}
	if err != nil {
		return Claim{}, fmt.Errorf("opening a link: %w", err)
	}
	c.Name, c.Role, c.Until = name.String, Role(role.String), until.Std()
	if c.First {
		c.Role = Owner
	}
	return c, nil
}

// tokenHash hashes a token however it was written: base32 has neither 0 nor 1 nor
// small letters. It has 100 random bits, so the hash needs no key.
func tokenHash(token string) []byte {
	plain := strings.Map(func(r rune) rune {
		switch r {
		case '0':
			return 'O'
		case '1':
			return 'I'
		case '-', ' ':
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(token)))
	sum := sha256.Sum256([]byte("operator link " + plain))
	return sum[:]
}
