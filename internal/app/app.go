// Package app keeps the applications that have numbers verified, and their keys.
//
// An application has a name and a host, which stand in its texts, and the
// languages of those. The hosted pages are the built-in application, made from
// the settings service.name and service.host. A backend speaks for its
// application with a key, which is shown once and stored hashed (S-67). A key
// may be limited to scopes and purposes and may run out; it is replaced by
// making a successor, beside which it lives on for a while.
//
// The walk of a call: the REST door hands the bearer text to
// [Apps.Authenticate] and gets the caller, or a refusal. The key is looked up
// for each call, so that an end of it is obeyed at once on every node. When it
// was used last is remembered and written by [Apps.Run], off the caller's way.
package app

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// Builtin is the id of the application that the hosted pages speak for.
const Builtin = "app_builtin"

// ErrNotFound refuses an application that does not exist.
var ErrNotFound = fault.New(fault.NotFound, "application_not_found", "there is no such application")

// Application is a registered service that has numbers verified.
type Application struct {
	ID        string
	Name      string
	Host      string   // of its web pages, empty for none
	Languages []string // of its texts, the default first
	Texts     *sms.Templates
}

// Language returns the language of the application's texts that comes nearest
// to the one asked for.
func (a Application) Language(asked string) string {
	for _, l := range a.Languages {
		if l == asked {
			return l
		}
	}
	return a.Languages[0]
}

// Apps keeps the applications. It is safe for concurrent use.
type Apps struct {
	db *db.DB

	// texts holds the templates made for a name and host, which cost more to
	// check than to keep.
	texts sync.Map

	uses *uses
}

// New returns the applications kept in d.
func New(d *db.DB) *Apps { return &Apps{db: d, uses: newUses()} }

// PutBuiltin makes the built-in application, or gives it a new name and host.
// It refuses a name or host that no text could carry, with the details of
// package sms.
func (a *Apps) PutBuiltin(ctx context.Context, name, host string) (Application, error) {
	app := Application{ID: Builtin, Name: name, Host: host, Languages: []string{"ko", "en"}}
	var err error
	if app.Texts, err = a.templates(name, host); err != nil {
		return Application{}, err
	}
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(upsertApplication, app.ID, name, host, strings.Join(app.Languages, " "), tx.Now)
		return nil
	})
	if err != nil {
		return Application{}, fmt.Errorf("storing the built-in application: %w", err)
	}
	return app, nil
}

// Names returns what the applications are called, by their ids.
func (a *Apps) Names(ctx context.Context) (map[string]string, error) {
	names := make(map[string]string)
	err := a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(applicationNames, nil, func(scan func(...any) error) error {
			var id, name string
			err := scan(&id, &name)
			names[id] = name
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading the names of applications: %w", err)
	}
	return names, nil
}

// templates returns the texts of a name and host, made once.
func (a *Apps) templates(name, host string) (*sms.Templates, error) {
	key := name + "\n" + host
	if t, ok := a.texts.Load(key); ok {
		return t.(*sms.Templates), nil
	}
	t, err := sms.New(name, host)
	if err != nil {
		return nil, err
	}
	a.texts.Store(key, t)
	return t, nil
}
