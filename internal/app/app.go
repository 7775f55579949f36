// Package app keeps the applications that have numbers verified, and their keys.
//
// An application has a name and a host, which stand in its texts, and the
// languages of those. The hosted pages are the built-in application, made from
// the settings service.name and service.host. A backend speaks for its
// application with a key, which is shown once and stored hashed (S-67).
//
// The walk of a call: the REST door hands the bearer text to
// [Apps.Authenticate] and gets the application, or a refusal.
package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
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

// keyPrefix makes a key recognisable wherever it turns up.
const keyPrefix = "sinpyo_"

// The refusals of this package.
var (
	ErrKey = fault.New(fault.Unauthenticated, "key_invalid",
		"send an application key as Authorization: Bearer; make one with sinpyo keys create")
	ErrNotFound = fault.New(fault.NotFound, "application_not_found", "there is no such application")
	ErrNoKey    = fault.New(fault.NotFound, "key_not_found", "there is no such key, or it is revoked already")
	ErrKeyName  = fault.New(fault.Invalid, "key_name_invalid", "a key needs a name of 1 to 100 characters")
)

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

// Key is an application key without its secret part.
type Key struct {
	ID            string
	ApplicationID string
	Name          string
	CreatedAt     db.Time
	RevokedAt     db.Time // 0 while it is valid
}

// Apps keeps the applications. It is safe for concurrent use.
type Apps struct {
	db *db.DB

	// texts holds the templates made for a name and host, which cost more to
	// check than to keep.
	texts sync.Map
}

// New returns the applications kept in d.
func New(d *db.DB) *Apps { return &Apps{db: d} }

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

// Authenticate returns the application whose key bearer is, or [ErrKey].
func (a *Apps) Authenticate(ctx context.Context, bearer string) (Application, error) {
	if !strings.HasPrefix(bearer, keyPrefix) {
		return Application{}, ErrKey
	}
	var app Application
	var languages string
	err := a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(applicationByKey, hash(bearer)).Scan(&app.ID, &app.Name, &app.Host, &languages)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Application{}, ErrKey
	}
	if err != nil {
		return Application{}, fmt.Errorf("looking up a key: %w", err)
	}
	app.Languages = strings.Fields(languages)
	app.Texts, err = a.templates(app.Name, app.Host)
	return app, err
}

// CreateKey makes a key for an application and returns it with its secret
// text, which is never to be had again. Refusals: [ErrNotFound], [ErrKeyName].
func (a *Apps) CreateKey(ctx context.Context, applicationID, name string) (Key, string, error) {
	if n := len([]rune(name)); n < 1 || n > 100 {
		return Key{}, "", ErrKeyName
	}
	key := Key{ID: id.New("key"), ApplicationID: applicationID, Name: name}
	secret := keyPrefix + rand.Text() + rand.Text() // 260 bits
	err := a.db.Update(ctx, func(tx *db.Tx) error {
		var n int
		if err := tx.Row(countApplication, applicationID).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		key.CreatedAt = tx.Now
		tx.Exec(insertKey, key.ID, applicationID, name, hash(secret), tx.Now)
		return audit.Keep(tx, audit.Record{Actor: "command line", Act: "keys create", Subject: key.ID, Detail: applicationID})
	})
	if err != nil {
		return Key{}, "", err
	}
	return key, secret, nil
}

// Keys lists all keys, the oldest first.
func (a *Apps) Keys(ctx context.Context) ([]Key, error) {
	var keys []Key
	err := a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(allKeys, nil, func(scan func(...any) error) error {
			var k Key
			err := scan(&k.ID, &k.ApplicationID, &k.Name, &k.CreatedAt, &k.RevokedAt)
			keys = append(keys, k)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing keys: %w", err)
	}
	return keys, nil
}

// RevokeKey ends a key; the next call with it is refused. Refusal: [ErrNoKey].
func (a *Apps) RevokeKey(ctx context.Context, keyID string) error {
	return a.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrNoKey, revokeKey, keyID, tx.Now)
		return audit.Keep(tx, audit.Record{Actor: "command line", Act: "keys revoke", Subject: keyID})
	})
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

// hash is plain SHA-256: the secret has 260 random bits, so neither salt nor
// stretching would add anything.
func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
