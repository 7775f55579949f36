// Package api is the REST door: a backend has numbers verified with it.
//
// A call walks through these steps: its application key names the application
// and has to have the scope (S-67), its Idempotency-Key, if it has one, is
// looked up (S-70), its body is read strictly (a known media type, at most 16 KiB, no
// unknown and no doubled field), verify does what was asked for, and the
// answer is the verification as that application may see it. Whatever another
// application owns answers like what does not exist (S-68). Errors are problem
// documents with a stable code; the operations and the codes are written down
// in openapi.json, which is generated from the types of this package, served at
// /openapi.json and shown to people at /docs.
//
// No number stands in a path or a query.
package api

import (
	"context"
	_ "embed" // for the document
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/receipt"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/web"
)

// Document is the OpenAPI 3.1 document of the API.
//
//go:embed openapi.json
var Document []byte

// Options are the parts the API speaks to.
type Options struct {
	DB         *db.DB // where it listens for changes
	Apps       *app.Apps
	Verifier   *verify.Verifier
	Outbox     *outbox.Outbox
	Receipts   *receipt.Receipts
	Challenges *challenge.Challenges
	Keeper     *idempotency.Keeper
	Quota      Quota // of an application; nil tells none
	// Ready reports why the program cannot serve, or nil.
	Ready func(ctx context.Context) error
	Now   func() time.Time // for the deadlines of streams
	Pace  Pace             // of streams

	// Streams is how many streams may be open at a time; 0 is that of a server.
	Streams int
}

// API answers the REST calls.
type API struct {
	db         *db.DB
	apps       *app.Apps
	verifier   *verify.Verifier
	outbox     *outbox.Outbox
	receipts   *receipt.Receipts
	challenges *challenge.Challenges
	keeper     *idempotency.Keeper
	quota      Quota
	ready      func(ctx context.Context) error
	now        func() time.Time
	pace       Pace
	methods    map[string][]string // the methods of each path
	order      []call              // the operations as they were registered

	places     chan struct{} // one for each open stream
	stopping   chan struct{} // closed when streams have to end
	endStreams sync.Once
}

// New returns the API over its parts.
func New(o Options) *API {
	if o.Streams == 0 {
		o.Streams = streamsMost
	}
	return &API{
		db: o.DB, apps: o.Apps, verifier: o.Verifier, outbox: o.Outbox, receipts: o.Receipts, challenges: o.Challenges,
		keeper: o.Keeper, quota: o.Quota, ready: o.Ready, now: o.Now, pace: o.Pace.orUsual(), methods: map[string][]string{},
		places: make(chan struct{}, o.Streams), stopping: make(chan struct{}),
	}
}

// Mount registers the calls on mux, and refusals for whatever else is asked
// for below /v1/.
func (a *API) Mount(mux web.Mux) { a.mount(mux) }

// mount returns huma's view of the calls too, which knows their document.
func (a *API) mount(mux web.Mux) huma.API {
	adoptProblems()
	h := humago.New(mux, settings())

	handle(a, h, "POST", "/v1/verifications", a.start, startDoc)
	handle(a, h, "GET", "/v1/verifications/{id}", a.read, readDoc)
	handle(a, h, "POST", "/v1/verifications/{id}/check", a.check, checkDoc)
	handle(a, h, "POST", "/v1/verifications/{id}/resend", a.resend, resendDoc)
	handle(a, h, "POST", "/v1/verifications/{id}/cancel", a.cancel, cancelDoc)
	handle(a, h, "GET", "/v1/verifications/{id}/events", a.events, eventsDoc)
	handle(a, h, "POST", "/v1/messages/search", a.search, searchDoc)
	handle(a, h, "GET", "/v1/messages/{id}", a.look, lookDoc)
	handle(a, h, "GET", "/v1/senders", a.senders, sendersDoc)
	handle(a, h, "GET", "/v1/balance", a.balance, balanceDoc)
	handle(a, h, "POST", "/v1/receipts/redeem", a.redeem, redeemDoc)
	describe(h.OpenAPI().Components.Schemas)

	a.plain(mux, "/livez", livez)
	a.plain(mux, "/readyz", a.readyz)
	a.plain(mux, "/openapi.json", document)
	a.reference(mux, h.OpenAPI())
	a.plain(mux, "/.well-known/jwks.json", a.jwks)

	a.refuse(mux)
	return h
}

// refuse answers for the methods that a path does not take, and for paths that
// there are not. A pattern without method for each path would meet the others
// halfway: /v1/messages/search is a /v1/messages/{id} too.
func (a *API) refuse(mux web.Mux) {
	paths := http.NewServeMux()
	for path, methods := range a.methods {
		no := notAllowed(methods)
		if !strings.HasPrefix(path, "/v1/") {
			mux.Handle(path, no)
			continue
		}
		paths.Handle(path, no)
		if !slices.Contains(methods, http.MethodGet) {
			mux.Handle("GET "+path, no)
		}
	}
	paths.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { web.WriteProblem(w, r, web.ErrRoute) })
	mux.Handle("/v1/", paths)
}

// plain registers a GET that is no operation of the document.
func (a *API) plain(mux web.Mux, path string, h http.HandlerFunc) {
	a.methods[path] = append(a.methods[path], http.MethodGet)
	mux.HandleFunc("GET "+path, h)
}

// notAllowed refuses the methods a path does not take.
func notAllowed(methods []string) http.Handler {
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	allow := strings.Join(methods, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		web.WriteProblem(w, r, web.ErrMethod)
	})
}

// settings are huma's: no page that loads scripts from elsewhere, no $schema
// in bodies, nothing read leniently.
func settings() huma.Config {
	c := huma.DefaultConfig("Sinpyo", "1")
	c.Info.Description = "Verifies Korean mobile numbers by a code in a text message. " +
		"It proves possession of a number (번호 점유 확인) and never who somebody is."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.RejectUnknownQueryParameters = true
	c.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "An application key, made with: sinpyo keys create"},
	}
	c.Security = []map[string][]string{{"key": {}}}
	return c
}

// The scopes by the names their operations stand under in the document.
const (
	scopeVerify   = app.Verify
	scopeMessages = app.Messages
	scopeProvider = app.Provider
)

// tags name the groups of operations.
var tags = map[app.Scope]string{scopeVerify: "verifications", scopeMessages: "messages", scopeProvider: "provider"}

// doc is what the document says of an operation, and what its frame does.
type doc struct {
	id, summary, description string
	korean                   string    // the summary in Korean
	scope                    app.Scope // that a key needs; verify when left out
	status                   int       // of success
	refusals                 []int     // statuses beside those every operation may answer
	once                     bool      // an Idempotency-Key keeps it from being carried out twice
	counted                  bool      // it counts towards the application's quota
	streams                  bool      // it answers with server-sent events
}

// call is an operation by its method and path.
type call struct{ method, path string }

// handle registers an operation. Every error of do becomes a problem document.
func handle[I, O any](a *API, h huma.API, method, path string, do func(context.Context, *I) (*O, error), d doc) {
	if d.scope == "" {
		d.scope = scopeVerify
	}
	a.methods[path] = append(a.methods[path], method)
	a.order = append(a.order, call{method, path})
	huma.Register(h, huma.Operation{
		OperationID:   d.id,
		Method:        method,
		Path:          path,
		Summary:       d.summary,
		Description:   d.description,
		Tags:          []string{tags[d.scope]},
		DefaultStatus: d.status,
		// huma takes a body that fills the bound for one that is too large.
		MaxBodyBytes: web.MaxBody + 1,
		Middlewares:  a.frame(method, d),
		Parameters:   parameters(method),
		Responses:    responses(h, method, d),
		Extensions:   map[string]any{"x-summary-ko": d.korean, "x-scope": string(d.scope)},
	}, func(ctx context.Context, in *I) (out *O, err error) {
		if d.once {
			out, err = once(ctx, a, in, do)
		} else {
			out, err = do(ctx, in)
		}
		a.tellQuota(ctx)
		if kept := (*replay)(nil); err == nil || errors.As(err, &kept) {
			return out, err
		}
		return nil, web.ProblemOf(ctx, err)
	})
}

// frame returns the steps before an operation.
func (a *API) frame(method string, d doc) huma.Middlewares {
	steps := huma.Middlewares{a.authenticate(d.scope), declared}
	if d.counted {
		steps = append(steps, counted)
	}
	if method == http.MethodPost {
		steps = append(steps, a.named(d.status))
	}
	return steps
}

// Generate returns the document as the types of this package describe the API.
func Generate() *huma.OpenAPI { return New(Options{}).mount(http.NewServeMux()).OpenAPI() }
