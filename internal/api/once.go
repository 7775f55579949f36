package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/web"
)

// attempt is a request with an Idempotency-Key.
type attempt struct {
	idempotency.Request
	status int              // of success
	keep   idempotency.Keep // set while it is carried out
}

type attemptKey struct{}

// named reads the Idempotency-Key of a POST, if it has one, and the body that
// goes with it. It runs before the body is understood, so that what is compared
// is what was sent.
func (a *API) named(status int) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		key, err := idempotency.Key(r.Header.Values("Idempotency-Key"))
		if err != nil {
			web.WriteProblem(w, r, err)
			return
		}
		if key == "" {
			next(ctx)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, web.MaxBody+1))
		if err != nil { // whoever reads the body next finds the same
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
		} else {
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		next(huma.WithValue(ctx, attemptKey{}, &attempt{status: status, Request: idempotency.Request{
			Caller: caller(ctx.Context()).Key.ID, Route: r.Method + " " + r.URL.Path, Key: key, Body: body,
		}}))
	}
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// once carries out an operation, or gives the answer that the same request was
// given before (S-70).
func once[I, O any](ctx context.Context, a *API, in *I, do func(context.Context, *I) (*O, error)) (*O, error) {
	try, named := ctx.Value(attemptKey{}).(*attempt)
	if !named {
		return do(ctx, in)
	}
	var out *O
	kept, err := a.keeper.Do(ctx, try.Request, func(keep idempotency.Keep) (err error) {
		try.keep = keep
		out, err = do(ctx, in)
		return err
	}, func(err error) (idempotency.Answer, bool) { return lasting(ctx, err) })
	if kept != nil {
		return nil, &replay{*kept}
	}
	return out, err
}

// keeping returns what keeps an answer in the act that earned it, or nil when
// the request has no Idempotency-Key. body makes the body of the answer.
func keeping(ctx context.Context, body func(verify.Result) any) verify.Keep {
	try, named := ctx.Value(attemptKey{}).(*attempt)
	if !named {
		return nil
	}
	return func(tx *db.Tx, r verify.Result) { try.answer(tx, body(r)) }
}

// answer keeps a body as the answer. Operations whose act is not one of verify
// call it as the act's last step.
func (t *attempt) answer(tx *db.Tx, body any) {
	var text bytes.Buffer
	if err := strictJSON.Marshal(&text, body); err != nil {
		panic("api: an answer has only fields that can be marshalled")
	}
	t.keep(tx, idempotency.Answer{Status: t.status, Body: bytes.TrimSpace(text.Bytes())})
}

// lasting returns what a refusal is answered with, and whether that is worth
// keeping: not what is over with time, nor what went wrong on our side.
func lasting(ctx context.Context, err error) (idempotency.Answer, bool) {
	p := web.ProblemOf(ctx, err)
	if p.Status >= 499 || p.Status == http.StatusTooManyRequests || p.GetHeaders().Get("Retry-After") != "" {
		return idempotency.Answer{}, false
	}
	body, err := json.Marshal(p)
	return idempotency.Answer{Status: p.Status, Body: body}, err == nil
}

// replay is an answer that was kept, on its way through huma, which lets an
// error alone choose its status.
type replay struct{ idempotency.Answer }

// Error is never shown.
func (r *replay) Error() string { return "a kept answer" }

// GetStatus returns the status of the answer.
func (r *replay) GetStatus() int { return r.Status }

// GetHeaders tells a replay from a first answer.
func (r *replay) GetHeaders() http.Header { return http.Header{"Idempotent-Replayed": {"true"}} }

// ContentType returns the media type that the status implies.
func (r *replay) ContentType(string) string {
	if r.Status >= http.StatusBadRequest {
		return "application/problem+json"
	}
	return "application/json"
}

// MarshalJSON returns the answer as it was.
func (r *replay) MarshalJSON() ([]byte, error) { return r.Body, nil }
