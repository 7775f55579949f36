package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/web"
)

type callerKey struct{}

// authenticate lets a call with an application key of the scope pass (RFC 6750
// §2.1), and tells the operation whose key it is. It runs before the body is
// read, so that a stranger learns nothing of what a body should hold.
func (a *API) authenticate(scope app.Scope) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		found, err := a.identify(ctx, scope)
		if err != nil {
			r, w := humago.Unwrap(ctx)
			web.WriteProblem(w, r, err)
			return
		}
		next(huma.WithValue(ctx, callerKey{}, found))
	}
}

func (a *API) identify(ctx huma.Context, scope app.Scope) (app.Caller, error) {
	scheme, bearer, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		bearer = ""
	}
	found, err := a.apps.Authenticate(ctx.Context(), strings.TrimSpace(bearer))
	if err == nil {
		err = found.May(scope)
	}
	return found, err
}

// caller returns whom authenticate found.
func caller(ctx context.Context) app.Caller {
	return ctx.Value(callerKey{}).(app.Caller)
}

// declared lets a body pass that is declared as JSON, and a call without body.
func declared(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if r.ContentLength != 0 && !strings.EqualFold(strings.TrimSpace(media), "application/json") {
		web.WriteProblem(w, r, web.ErrContentType)
		return
	}
	next(ctx)
}

// Quota says how many texts an application may start in a minute, how many of
// them are left, and when there will be more; ok is false when that is not
// known.
type Quota func(applicationID string) (limit, left int, reset time.Duration, ok bool)

type headerKey struct{}

// counted lets tellQuota reach the header of the answer.
func counted(ctx huma.Context, next func(huma.Context)) {
	_, w := humago.Unwrap(ctx)
	next(huma.WithValue(ctx, headerKey{}, w.Header()))
}

// tellQuota writes the caller's own quota into an answer that is about to
// leave, and never what is left of a number's
// (draft-ietf-httpapi-ratelimit-headers-10, S-71).
func (a *API) tellQuota(ctx context.Context) {
	header, counted := ctx.Value(headerKey{}).(http.Header)
	if !counted || a.quota == nil {
		return
	}
	limit, left, reset, ok := a.quota(caller(ctx).ID)
	if !ok {
		return
	}
	seconds := int((reset + time.Second - 1) / time.Second)
	header["Ratelimit-Policy"] = []string{`"application";q=` + strconv.Itoa(limit) + ";w=60"}
	header["Ratelimit"] = []string{`"application";r=` + strconv.Itoa(max(left, 0)) + ";t=" + strconv.Itoa(max(seconds, 0))}
}
