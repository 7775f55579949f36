// Package api is the REST door: a backend has numbers verified with it.
//
// A call walks through these steps: its application key names the application
// (S-67), its body is read strictly (a known media type, at most 16 KiB, no
// unknown and no doubled field), verify does what was asked for, and the
// answer is the verification as that application may see it. Whatever another
// application owns answers like what does not exist (S-68). Errors are problem
// documents with a stable code; the operations and the codes are written down
// in openapi.json, which is generated from the types of this package and
// served at /openapi.json.
//
// No number stands in a path or a query. An Idempotency-Key is not read yet: a
// repeated POST is carried out again, within the limits of its number.
package api

import (
	"context"
	_ "embed" // for the document
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/challenge"
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
	Apps       *app.Apps
	Verifier   *verify.Verifier
	Receipts   *receipt.Receipts
	Challenges *challenge.Challenges
	// Ready reports why the program cannot serve, or nil.
	Ready func(ctx context.Context) error
}

// API answers the REST calls.
type API struct {
	apps       *app.Apps
	verifier   *verify.Verifier
	receipts   *receipt.Receipts
	challenges *challenge.Challenges
	ready      func(ctx context.Context) error
	methods    map[string][]string // the methods of each path
}

// New returns the API over its parts.
func New(o Options) *API {
	return &API{apps: o.Apps, verifier: o.Verifier, receipts: o.Receipts, challenges: o.Challenges, ready: o.Ready, methods: map[string][]string{}}
}

// Mount registers the calls on mux, and refusals for whatever else is asked
// for below /v1/.
func (a *API) Mount(mux *http.ServeMux) { a.mount(mux) }

// mount returns huma's view of the calls too, which knows their document.
func (a *API) mount(mux *http.ServeMux) huma.API {
	adoptProblems()
	h := humago.New(mux, settings())

	handle(a, h, "POST", "/v1/verifications", a.start, startDoc)
	handle(a, h, "GET", "/v1/verifications/{id}", a.read, readDoc)
	handle(a, h, "POST", "/v1/verifications/{id}/check", a.check, checkDoc)
	handle(a, h, "POST", "/v1/verifications/{id}/resend", a.resend, resendDoc)
	handle(a, h, "POST", "/v1/verifications/{id}/cancel", a.cancel, cancelDoc)
	handle(a, h, "POST", "/v1/receipts/redeem", a.redeem, redeemDoc)
	describe(h.OpenAPI().Components.Schemas)

	a.plain(mux, "/livez", livez)
	a.plain(mux, "/readyz", a.readyz)
	a.plain(mux, "/openapi.json", document)
	a.plain(mux, "/.well-known/jwks.json", a.jwks)

	for path, methods := range a.methods {
		mux.Handle(path, notAllowed(methods))
	}
	mux.HandleFunc("/v1/", func(w http.ResponseWriter, r *http.Request) { web.WriteProblem(w, r, web.ErrRoute) })
	return h
}

// plain registers a GET that is no operation of the document.
func (a *API) plain(mux *http.ServeMux, path string, h http.HandlerFunc) {
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

// doc is what the document says of an operation.
type doc struct {
	id, summary, description string
	status                   int   // of success
	refusals                 []int // statuses beside those every operation may answer
}

// handle registers an operation. Every error of do becomes a problem document.
func handle[I, O any](a *API, h huma.API, method, path string, do func(context.Context, *I) (*O, error), d doc) {
	a.methods[path] = append(a.methods[path], method)
	huma.Register(h, huma.Operation{
		OperationID:   d.id,
		Method:        method,
		Path:          path,
		Summary:       d.summary,
		Description:   d.description,
		Tags:          []string{"verifications"},
		DefaultStatus: d.status,
		// huma takes a body that fills the bound for one that is too large.
		MaxBodyBytes: web.MaxBody + 1,
		Middlewares:  huma.Middlewares{a.authenticate, declared},
		Responses:    refusals(h, d),
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, web.ProblemOf(ctx, err)
		}
		return out, nil
	})
}

// Generate returns the document as the types of this package describe the API.
func Generate() *huma.OpenAPI { return New(Options{}).mount(http.NewServeMux()).OpenAPI() }
