package api

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/web"
)

type applicationKey struct{}

// authenticate lets a call with an application key pass (RFC 6750 §2.1), and
// tells the operation whose key it is. It runs before the body is read, so
// that a stranger learns nothing of what a body should hold.
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	scheme, bearer, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		bearer = ""
	}
	application, err := a.apps.Authenticate(ctx.Context(), strings.TrimSpace(bearer))
	if err != nil {
		r, w := humago.Unwrap(ctx)
		web.WriteProblem(w, r, err)
		return
	}
	next(huma.WithValue(ctx, applicationKey{}, application))
}

// caller returns the application that authenticate found.
func caller(ctx context.Context) app.Application {
	return ctx.Value(applicationKey{}).(app.Application)
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
