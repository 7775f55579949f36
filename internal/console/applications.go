package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// errName refuses an act whose object's name was not typed.
var errName = fault.New(fault.Invalid, "name_not_typed", "type the name of what is to go")

// applicationsView is what applications.html shows.
type applicationsView struct {
	Page         frame
	Applications []applicationLine
	May          bool // act
}

// applicationLine is one application and its keys.
type applicationLine struct {
	ID, Name, Host, Languages, Made string
	Builtin                         bool
	Texts, Rename, NewKey           string // where to go
	Keys, Ended                     []keyLine
	EndedCount                      string
}

// keyLine is one key.
type keyLine struct {
	ID, Name, Path   string
	State, Tone      string // of the chip
	Scopes, Purposes string
	Made, Used, Ends string
}

// applicationList shows the applications and their keys.
func (v *visit) applicationList() error {
	ctx := v.r.Context()
	all, err := v.apps.List(ctx)
	if err != nil {
		return err
	}
	keys, err := v.apps.Keys(ctx)
	if err != nil {
		return err
	}
	view := &applicationsView{Page: v.frame("title.applications"), May: v.self.Role.May(manager)}
	for _, a := range all {
		view.Applications = append(view.Applications, v.applicationLine(a, keys))
	}
	return v.show("applications.html", http.StatusOK, view)
}

// applicationLine tells of an application and those of the keys that are its own,
// the newest first.
func (v *visit) applicationLine(a app.Application, keys []app.Key) applicationLine {
	line := applicationLine{
		ID: a.ID, Name: a.Name, Host: a.Host, Builtin: a.ID == app.Builtin, Made: v.stamp(a.CreatedAt.Std()),
		Languages: v.locale.say("languages." + strings.Join(a.Languages, "_")),
		Texts:     link(textsPath, "application", a.ID), Rename: namePath(a.ID), NewKey: keysPath(a.ID),
	}
	for _, k := range slices.Backward(keys) {
		switch {
		case k.ApplicationID != a.ID:
		case k.Works(db.At(v.now())):
			line.Keys = append(line.Keys, v.keyLine(k))
		default:
			line.Ended = append(line.Ended, v.keyLine(k))
		}
	}
	line.EndedCount = v.locale.count("applications.ended", len(line.Ended))
	return line
}

// keySoon is when the end of a key is told in another colour.
const keySoon = 14 * 24 * time.Hour

func (v *visit) keyLine(k app.Key) keyLine {
	l := v.locale
	line := keyLine{
		ID: k.ID, Name: k.Name,
		Made: v.stamp(k.CreatedAt.Std()), Used: l.say("key.unused"), Ends: l.say("key.endless"),
		State: l.say("key.works"), Tone: "ok", Scopes: v.scopes(k.Scopes), Purposes: v.purposes(k.Purposes),
	}
	if v.self.Role.May(manager) {
		line.Path = keysPath(k.ApplicationID) + "/" + url.PathEscape(k.ID)
	}
	if k.LastUsedAt != 0 {
		line.Used = v.stamp(k.LastUsedAt.Std())
	}
	if k.ExpiresAt != 0 {
		line.Ends = v.stamp(k.ExpiresAt.Std())
	}
	switch now := db.At(v.now()); {
	case k.RevokedAt != 0:
		line.State, line.Tone, line.Ends = l.say("key.revoked"), "", v.stamp(k.RevokedAt.Std())
	case !k.Works(now):
		line.State, line.Tone = l.say("key.over"), ""
	case k.ExpiresAt != 0 && k.ExpiresAt.Sub(now) < keySoon:
		line.State, line.Tone = l.say("key.soon"), "warn"
	}
	return line
}

// scopes tell what a key may do.
func (v *visit) scopes(scopes []app.Scope) string {
	if len(scopes) == len(app.Scopes()) {
		return v.locale.say("scopes.all")
	}
	var words []string
	for _, s := range scopes {
		words = append(words, v.locale.say("scope."+string(s)))
	}
	return strings.Join(words, ", ")
}

// purposes tell what a key may start verifications for.
func (v *visit) purposes(purposes []string) string {
	if len(purposes) == 0 {
		return v.locale.say("purposes.all")
	}
	var words []string
	for _, p := range purposes {
		words = append(words, v.purpose(p))
	}
	return strings.Join(words, ", ")
}

// keysPath is the page on which an application is given a key.
func keysPath(id string) string { return applicationsPath + "/" + url.PathEscape(id) + "/keys" }

// newKeyView is what newkey.html shows.
type newKeyView struct {
	Page        frame
	Application applicationLine
	Name        string
	Scopes      []scopeOption
	Purposes    []option
	Lives       []option
	Error       string
}

// scopeOption is a scope that a key can have.
type scopeOption struct {
	option
	Does string
}

// The lives that a key can be given, and how long a key may live beside its
// successor, by what their texts are called.
var (
	lives    = []string{"0", "30", "90", "365"}  // in days; 0 for no end
	overlaps = []string{"1", "24", "168", "720"} // in hours
)

// newKey asks for a key's name and rights.
func (v *visit) newKey() error { return v.showNewKey(refusal{}) }

func (v *visit) showNewKey(why refusal) error {
	a, err := v.apps.ByID(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	form := v.r.PostForm
	view := &newKeyView{
		Page: v.failed("title.newkey", why), Application: v.applicationLine(a, nil), Name: v.typed("name"), Error: why.Text,
		Lives: v.spans("life", lives, v.typed("life"), "90"),
	}
	for _, s := range app.Scopes() {
		view.Scopes = append(view.Scopes, scopeOption{option{
			Value: string(s), Text: v.locale.say("scope." + string(s)),
			Chosen: slices.Contains(form["scope"], string(s)) || v.r.Method == get && s == app.Verify,
		}, v.locale.say("scope." + string(s) + ".does")})
	}
	for _, p := range verify.Purposes() {
		view.Purposes = append(view.Purposes, option{
			Value: string(p), Text: v.purpose(string(p)), Chosen: slices.Contains(form["purpose"], string(p)),
		})
	}
	return v.show("newkey.html", why.code(), view)
}

// spans are lengths of time to choose from.
func (v *visit) spans(kind string, values []string, chosen, usual string) (options []option) {
	if !slices.Contains(values, chosen) {
		chosen = usual
	}
	for _, value := range values {
		options = append(options, option{Value: value, Text: v.locale.say(kind + "." + value), Chosen: value == chosen})
	}
	return options
}

// spanOf is a length of time that was chosen; what cannot be is refused by whom it
// is handed to.
func spanOf(values []string, chosen string, unit time.Duration) time.Duration {
	if !slices.Contains(values, chosen) {
		return -1
	}
	n, _ := strconv.Atoi(chosen) // one of the values
	return time.Duration(n) * unit
}

// actOnNewKey makes a key and shows it, once.
func (v *visit) actOnNewKey() error {
	form := v.r.PostForm
	var scopes []app.Scope
	for _, s := range form["scope"] {
		scopes = append(scopes, app.Scope(s))
	}
	for _, p := range form["purpose"] {
		if !slices.Contains(verify.Purposes(), verify.Purpose(p)) {
			return errForm
		}
	}
	key, secret, err := v.apps.CreateKey(v.r.Context(), v.r.PathValue("id"), v.typed("name"), v.act(),
		app.WithScopes(scopes...), app.WithPurposes(form["purpose"]...),
		app.WithLifetime(spanOf(lives, v.typed("life"), 24*time.Hour)))
	if err != nil {
		return v.refuseAs(err, v.showNewKey)
	}
	return v.showSecret(key, secret, "")
}

// secretView is what secret.html shows: a key, this once.
type secretView struct {
	Page    frame
	Key     keyLine
	Secret  string
	Old     string // until when the key before works; "" when there is none
	Address string // of the API
}

func (v *visit) showSecret(key app.Key, secret, old string) error {
	return v.show("secret.html", http.StatusOK, &secretView{
		Page: v.frame("title.secret"), Key: v.keyLine(key), Secret: secret, Old: old, Address: v.public.String() + "/v1/verifications",
	})
}

// keyView is what key.html shows: one key, and what can be done.
type keyView struct {
	Page        frame
	Application applicationLine
	Key         keyLine
	Works       bool
	Overlaps    []option
	RotateError string
	RevokeError string
}

// key shows one key.
func (v *visit) key() error {
	return v.showKey(refusal{})
}

// keyOf reads the key of the address, with its application.
func (c *Console) keyOf(ctx context.Context, r *http.Request) (a app.Application, k app.Key, err error) {
	if a, err = c.apps.ByID(ctx, r.PathValue("id")); err != nil {
		return a, k, err
	}
	keys, err := c.apps.Keys(ctx)
	if err != nil {
		return a, k, err
	}
	i := slices.IndexFunc(keys, func(k app.Key) bool { return k.ID == r.PathValue("key") && k.ApplicationID == a.ID })
	if i < 0 {
		return a, k, app.ErrNoKey
	}
	return a, keys[i], nil
}

func (v *visit) showKey(why refusal) error {
	a, k, err := v.keyOf(v.r.Context(), v.r)
	if err != nil {
		return err
	}
	view := &keyView{
		Page: v.failed("title.key", why), Application: v.applicationLine(a, nil), Key: v.keyLine(k), Works: k.Works(db.At(v.now())),
		Overlaps: v.spans("overlap", overlaps, v.typed("overlap"), "24"),
	}
	if v.typed("do") == "revoke" {
		view.RevokeError = why.Text
	} else {
		view.RotateError = why.Text
	}
	return v.show("key.html", why.code(), view)
}

// actOnKey does to a key what a form asks for.
func (v *visit) actOnKey() error {
	ctx := v.r.Context()
	_, k, err := v.keyOf(ctx, v.r)
	if err != nil {
		return err
	}
	switch v.typed("do") {
	case "rotate":
		overlap := spanOf(overlaps, v.typed("overlap"), time.Hour)
		next, secret, err := v.apps.RotateKey(ctx, k.ID, overlap, v.act())
		if err != nil {
			return v.refuseAs(err, v.showKey)
		}
		until := v.now().Add(overlap)
		if k.ExpiresAt != 0 && k.ExpiresAt.Std().Before(until) {
			until = k.ExpiresAt.Std()
		}
		return v.showSecret(next, secret, v.stamp(until))
	case "revoke":
		if v.typed("name") != k.Name {
			return v.refuseAs(errName, v.showKey)
		}
		if err := v.apps.RevokeKey(ctx, k.ID, v.act()); err != nil {
			return v.refuseAs(err, v.showKey)
		}
		v.tell("news.key.revoked")
		return v.next(applicationsPath)
	}
	return v.next(v.r.URL.Path)
}
