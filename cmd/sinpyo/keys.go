package main

import (
	"context"
	"errors"
	"fmt"
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
	Revoke keysRevoke `cmd:"" help:"End a key at once."`

	RotateSigning keysRotateSigning `cmd:"" help:"Add the next key that receipts are signed with."`
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

type keysCreate struct {
	settingsFlags
	Name string `required:"" help:"What the key is for, such as the backend that will hold it."`
	App  string `default:"app_builtin" placeholder:"ID" help:"The application it speaks for; that of the hosted pages when left out."`
	JSON bool   `help:"Print JSON."`
}

// Help is shown below the flags.
func (keysCreate) Help() string {
	return "Example:  sinpyo keys create --name shop-backend --json"
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
		key, secret, err := createKey(s.ctx, settings, apps, c.App, c.Name)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s, createdKey{key.ID, key.Name, secret})
		}
		_, err = fmt.Fprintf(s.out, "id    %s\nname  %s\nkey   %s\n\nKeep the key now: it is stored hashed and never shown again.\n",
			key.ID, key.Name, secret)
		return err
	})
}

// createKey makes a key. Where no server has run yet there is no application
// either, and the built-in one is made from the settings.
func createKey(ctx context.Context, c *config.Config, apps *app.Apps, application, name string) (app.Key, string, error) {
	key, secret, err := apps.CreateKey(ctx, application, name)
	if application == app.Builtin && errors.Is(err, app.ErrNotFound) {
		if _, err := apps.PutBuiltin(ctx, c.Service.Name, c.Service.Host); err != nil {
			return app.Key{}, "", err
		}
		return apps.CreateKey(ctx, application, name)
	}
	return key, secret, err
}

type keysList struct {
	settingsFlags
	listFlags
}

// listedKey is one key as it is listed.
type listedKey struct {
	ID            string `json:"id"`
	ApplicationID string `json:"application_id"`
	Name          string `json:"name"`
	CreatedAt     string `json:"created_at"`
	RevokedAt     string `json:"revoked_at,omitempty"`
}

// Run lists the keys, the oldest first.
func (c *keysList) Run(s *shell) error {
	return c.withApps(s, func(_ *config.Config, apps *app.Apps) error {
		keys, err := apps.Keys(s.ctx)
		if err != nil {
			return err
		}
		list := make([]listedKey, len(keys))
		rows := [][]string{{"id", "application", "name", "created", "revoked"}}
		for i, k := range keys {
			list[i] = listedKey{k.ID, k.ApplicationID, k.Name, stamp(k.CreatedAt), stamp(k.RevokedAt)}
			rows = append(rows, []string{k.ID, k.ApplicationID, k.Name, stamp(k.CreatedAt), stamp(k.RevokedAt)})
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

type keysRevoke struct {
	settingsFlags
	ID string `arg:"" help:"The id of the key, as keys list prints it."`
}

// Run ends a key.
func (c *keysRevoke) Run(s *shell) error {
	return c.withApps(s, func(_ *config.Config, apps *app.Apps) error {
		if err := apps.RevokeKey(s.ctx, c.ID); err != nil {
			return err
		}
		_, err := fmt.Fprintln(s.out, "revoked "+c.ID)
		return err
	})
}
