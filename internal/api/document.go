package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sinpyo/sinpyo/internal/web"
)

// problems returns the document of each refusal, sorted by code.
func problems() []*web.Problem {
	var out []*web.Problem
	for _, err := range refusalsOfAPI {
		var p *web.Problem
		if !errors.As(err, &p) {
			p = web.ProblemOf(context.Background(), err)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *web.Problem) int { return strings.Compare(a.Code, b.Code) })
	return out
}

// refusals documents the statuses an operation may refuse with.
func refusals(h huma.API, d doc) map[string]*huma.Response {
	schema := h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[web.Problem](), true, "")
	out := map[string]*huma.Response{}
	for _, status := range append([]int{400, 401, 500, 503}, d.refusals...) {
		r := &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
		}
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == http.StatusConflict {
			r.Headers = map[string]*huma.Param{"Retry-After": {
				Description: "When to try again, in seconds.",
				Schema:      &huma.Schema{Type: huma.TypeInteger},
			}}
		}
		out[strconv.Itoa(status)] = r
	}
	return out
}

// describe completes the schemas: answers may get further fields later, while
// what a call takes stays closed, and the code of a problem is one of ours.
func describe(schemas huma.Registry) {
	for _, t := range []reflect.Type{
		reflect.TypeFor[Verification](), reflect.TypeFor[Message](), reflect.TypeFor[Checked](), reflect.TypeFor[RedeemedReceipt](),
		reflect.TypeFor[web.Problem](),
	} {
		schemas.SchemaFromRef(schemas.Schema(t, true, "").Ref).AdditionalProperties = true
	}
	code := schemas.Map()["Problem"].Properties["code"]
	for _, p := range problems() {
		code.Enum = append(code.Enum, p.Code)
	}
}
