// Package app keeps the applications that have numbers verified, and their keys.
//
// An application has a name and a host, which stand in its texts, and the
// languages of those. The hosted pages are the built-in application, made from
// the settings service.name and service.host. A backend speaks for its
// application with a key, which is shown once and stored hashed (S-67). A key
// may be limited to scopes and purposes and may run out; it is replaced by
// making a successor, beside which it lives on for a while.
//
// What changes an application or a key is an [Act] of somebody, and is recorded
// in its own transaction.
//
// The walk of a call: the REST door hands the bearer text to
// [Apps.Authenticate] and gets the caller, or a refusal. The key is looked up
// for each call, so that an end of it is obeyed at once on every node. When it
// was used last is remembered and written by [Apps.Run], off the caller's way.
package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// Builtin is the id of the application that the hosted pages speak for.
const Builtin = "app_builtin"

// The refusals of applications. Names and hosts are refused by package sms.
var (
	ErrNotFound = fault.New(fault.NotFound, "application_not_found", "there is no such application")
	ErrBuiltin  = fault.New(fault.Conflict, "application_builtin",
		"the application of the hosted pages is named by the settings service.name and service.host")
	ErrLanguages = fault.New(fault.Invalid, "application_languages_invalid",
		"an application needs languages, each of them once and one of ko, en")
)

// Act is who changes something, and why. It becomes a record (S-93).
type Act = audit.Act

// Languages lists the languages that texts can have.
func Languages() []string { return []string{"ko", "en"} }

// Application is a registered service that has numbers verified.
type Application struct {
	ID        string
	Name      string
	Host      string   // of its web pages, empty for none
	Languages []string // of its texts, the default first
	Texts     *sms.Templates
	CreatedAt db.Time // 0 where it does not matter
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
	app := Application{ID: Builtin, Name: name, Host: host, Languages: Languages()}
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

// Create makes an application. Refusals: [ErrLanguages], and those of sms.New for
// a name or host that no text could carry.
func (a *Apps) Create(ctx context.Context, name, host string, languages []string, act Act) (Application, error) {
	app := Application{ID: id.New("app"), Languages: languages}
	if err := app.call(name, host); err != nil {
		return Application{}, err
	}
	err := a.db.Update(ctx, func(tx *db.Tx) error {
		app.CreatedAt = tx.Now
		tx.Exec(insertApplication, app.ID, app.Name, app.Host, strings.Join(app.Languages, " "), tx.Now)
		return audit.Keep(tx, act.Detailed(app.told()).Record("applications create", app.ID))
	})
	if err != nil {
		return Application{}, fmt.Errorf("making an application: %w", err)
	}
	return app, nil
}

// Rename gives an application another name, host and languages, which its next
// text has. Refusals: [ErrNotFound], [ErrBuiltin], and those of [Apps.Create].
func (a *Apps) Rename(ctx context.Context, applicationID, name, host string, languages []string, act Act) (Application, error) {
	app := Application{ID: applicationID, Languages: languages}
	if applicationID == Builtin {
		return Application{}, ErrBuiltin
	}
	if err := app.call(name, host); err != nil {
		return Application{}, err
	}
	err := a.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrNotFound, renameApplication, app.ID, app.Name, app.Host, strings.Join(app.Languages, " "))
		return audit.Keep(tx, act.Detailed(app.told()).Record("applications rename", app.ID))
	})
	if err != nil {
		return Application{}, fmt.Errorf("renaming an application: %w", err)
	}
	return app, nil
}

// call gives an application a name and host that its texts can carry. The name is
// kept as it stands in them.
func (app *Application) call(name, host string) (err error) {
	if app.Texts, err = sms.New(name, host); err != nil {
		return err
	}
	for i, l := range app.Languages {
		if !slices.Contains(Languages(), l) || slices.Contains(app.Languages[:i], l) {
			return ErrLanguages
		}
	}
	if len(app.Languages) == 0 {
		return ErrLanguages
	}
	app.Name, app.Host = app.Texts.Name(), app.Texts.Host()
	return nil
}

// told is what an application is called, for a record.
func (app *Application) told() string {
	return strings.Join(append([]string{app.Name, app.Host}, app.Languages...), " ")
}

// List returns all applications, the built-in one first and then the oldest.
func (a *Apps) List(ctx context.Context) ([]Application, error) {
	var all []Application
	err := a.db.View(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(allApplications, []any{Builtin}, func(scan func(...any) error) error {
			var app Application
			var languages string
			err := scan(&app.ID, &app.Name, &app.Host, &languages, &app.CreatedAt)
			app.Languages = strings.Fields(languages)
			all = append(all, app)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing applications: %w", err)
	}
	for i := range all {
		if all[i].Texts, err = a.templates(all[i].Name, all[i].Host); err != nil {
			return nil, fmt.Errorf("preparing the texts of %s: %w", all[i].ID, err)
		}
	}
	return all, nil
}

// ByID returns an application, or [ErrNotFound].
func (a *Apps) ByID(ctx context.Context, applicationID string) (Application, error) {
	all, err := a.List(ctx) // they are few
	if err != nil {
		return Application{}, err
	}
	for _, app := range all {
		if app.ID == applicationID {
			return app, nil
		}
	}
	return Application{}, ErrNotFound
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
