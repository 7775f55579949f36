package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
)

// keysCommand keeps the keys that backends call the API with. Each of its
// commands works beside a running server.
type keysCommand struct {
	Create keysCreate `cmd:"" help:"Make a key; it is shown once."`
	List   keysList   `cmd:"" help:"List the keys, without their secrets."`
	Rotate keysRotate `cmd:"" help:"Make a successor of a key, which goes on working for a while."`
	Revoke keysRevoke `cmd:"" help:"End a key at once."`

	RotateSigning keysRotateSigning `cmd:"" help:"Add the next key that receipts are signed with."`
	RotateMaster  keysRotateMaster  `cmd:"" help:"Change the master key while servers run."`
}

// withApps runs do on the applications of an installation.
func (f settingsFlags) withApps(s *shell, do func(*config.Config, *app.Apps) error) error {
	settings, err := f.load(s, nil)
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	return errors.Join(do(settings, app.New(d)), d.Close())
}

// why is the reason for an act, for its record.
type why struct {
	Reason string `placeholder:"TEXT" help:"Why, for the record. Write no name and no number."`
}

// Validate refuses a reason that is more than the record is for.
func (w why) Validate() error {
	if len([]rune(w.Reason)) > reasonMost {
		return errReason
	}
	return nil
}

func (w why) act() app.Act {
	return app.Act{Actor: "command line", Reason: strings.TrimSpace(w.Reason)}
}

type keysCreate struct {
	settingsFlags
	why
	Name    string   `required:"" help:"What the key is for, such as the backend that will hold it."`
	App     string   `default:"app_builtin" placeholder:"ID" help:"The application it speaks for; that of the hosted pages when left out."`
	Scope   []string `enum:"verify,messages,provider" placeholder:"SCOPE" help:"What it may do: verify, messages, provider; may be repeated. Everything when left out."`
	Purpose []string `enum:"signup,login,recovery,number_change,api" placeholder:"PURPOSE" help:"What it may start verifications for: signup, login, recovery, number_change, api; may be repeated. Everything when left out."`
	Expires span     `placeholder:"SPAN" help:"When it stops working, such as 90d or 12h from now; never when left out."`
	JSON    bool     `help:"Print JSON."`
}

// span is a length of time: as time.ParseDuration reads it, or whole days.
type span time.Duration

// UnmarshalText reads a span.
func (d *span) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 36500 {
			*d = span(time.Duration(n) * 24 * time.Hour)
			return nil
		}
	}
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < 0 {
		return errors.New("write a length of time such as 90d, 12h or 30m")
	}
	*d = span(parsed)
	return nil
}

// options are what the flags say of the key's rights.
func (c *keysCreate) options() (options []app.KeyOption) {
	if len(c.Scope) > 0 {
		scopes := make([]app.Scope, len(c.Scope))
		for i, s := range c.Scope {
			scopes[i] = app.Scope(s)
		}
		options = append(options, app.WithScopes(scopes...))
	}
	return append(options, app.WithPurposes(c.Purpose...), app.WithLifetime(time.Duration(c.Expires)))
}

// Help is shown below the flags.
func (keysCreate) Help() string {
	return `Examples:

    sinpyo keys create --name shop-backend --json
    sinpyo keys create --name sign-in --scope verify --purpose login --expires 90d`
}

// createdKey is what keys create --json prints.
type createdKey struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Key  string `json:"key"`
}

// Run makes a key.
func (c *keysCreate) Run(s *shell) error {
	return c.withApps(s, func(settings *config.Config, apps *app.Apps) error {
		key, secret, err := createKey(s.ctx, settings, apps, c)
		if err != nil {
			return err
		}
		return showKey(s, key, secret, c.JSON)
	})
}

// showKey prints a key that was made, once.
func showKey(s *shell, key app.Key, secret string, asJSON bool) error {
	if asJSON {
		return printJSON(s, createdKey{key.ID, key.Name, secret})
	}
	_, err := fmt.Fprintf(s.out, "id    %s\nname  %s\nkey   %s\n\nKeep the key now: it is stored hashed and never shown again.\n",
		key.ID, key.Name, secret)
	return err
}

// createKey makes a key. Where no server has run yet there is no application
// either, and the built-in one is made from the settings.
func createKey(ctx context.Context, settings *config.Config, apps *app.Apps, c *keysCreate) (app.Key, string, error) {
	key, secret, err := apps.CreateKey(ctx, c.App, c.Name, c.act(), c.options()...)
	if c.App == app.Builtin && errors.Is(err, app.ErrNotFound) {
		if _, err := apps.PutBuiltin(ctx, settings.Service.Name, settings.Service.Host); err != nil {
			return app.Key{}, "", err
		}
		return apps.CreateKey(ctx, c.App, c.Name, c.act(), c.options()...)
	}
	return key, secret, err
}

type keysList struct {
	settingsFlags
	listFlags
}

// listedKey is one key as it is listed.
type listedKey struct {
	ID            string      `json:"id"`
	ApplicationID string      `json:"application_id"`
	Name          string      `json:"name"`
	Scopes        []app.Scope `json:"scopes"`
	Purposes      []string    `json:"purposes"` // empty for all
	CreatedAt     string      `json:"created_at"`
	LastUsedAt    string      `json:"last_used_at,omitempty"`
	ExpiresAt     string      `json:"expires_at,omitempty"`
	RevokedAt     string      `json:"revoked_at,omitempty"`
}

func (k *listedKey) row() []string {
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	return []string{
		k.ID, k.ApplicationID, k.Name, strings.Join(scopes, " "), strings.Join(k.Purposes, " "),
		k.CreatedAt, k.LastUsedAt, k.ExpiresAt, k.RevokedAt,
	}
}

// Run lists the keys, the oldest first.
func (c *keysList) Run(s *shell) error {
	return c.withApps(s, func(_ *config.Config, apps *app.Apps) error {
		keys, err := apps.Keys(s.ctx)
		if err != nil {
			return err
		}
		list := make([]listedKey, len(keys))
		rows := [][]string{{"id", "application", "name", "scopes", "purposes", "created", "last used", "expires", "revoked"}}
		for i, k := range keys {
			list[i] = listedKey{
				k.ID, k.ApplicationID, k.Name, k.Scopes, append([]string{}, k.Purposes...),
				stamp(k.CreatedAt), stamp(k.LastUsedAt), stamp(k.ExpiresAt), stamp(k.RevokedAt),
			}
			rows = append(rows, list[i].row())
		}
		return c.print(s, list, rows)
	})
}

// stamp writes a time, or nothing for the zero one.
func stamp(t db.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().Format(time.RFC3339)
}

type keysRotate struct {
	settingsFlags
	why
	ID      string `arg:"" help:"The id of the key, as keys list prints it."`
	Overlap span   `default:"24h" placeholder:"SPAN" help:"How long the old key goes on working, such as 7d; 24h when left out."`
	JSON    bool   `help:"Print JSON."`
}

// Help is shown below the flags.
func (keysRotate) Help() string {
	return `The successor has the same rights. Put it where the old key is, within the overlap.

Example:  sinpyo keys rotate key_01kaz... --overlap 7d`
}

// Run makes the successor.
func (c *keysRotate) Run(s *shell) error {
	return c.withApps(s, func(_ *config.Config, apps *app.Apps) error {
		key, secret, err := apps.RotateKey(s.ctx, c.ID, time.Duration(c.Overlap), c.act())
		if err != nil {
			return err
		}
		return showKey(s, key, secret, c.JSON)
	})
}

type keysRevoke struct {
	settingsFlags
	why
	ID string `arg:"" help:"The id of the key, as keys list prints it."`
}

// Run ends a key.
func (c *keysRevoke) Run(s *shell) error {
	return c.withApps(s, func(_ *config.Config, apps *app.Apps) error {
		if err := apps.RevokeKey(s.ctx, c.ID, c.act()); err != nil {
			return err
		}
		_, err := fmt.Fprintln(s.out, "revoked "+c.ID)
		return err
	})
}
