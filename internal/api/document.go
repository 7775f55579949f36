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

// parameters are the header fields that an operation reads.
func parameters(method string) []*huma.Param {
	if method != http.MethodPost {
		return nil
	}
	return []*huma.Param{{
		Name: "Idempotency-Key", In: "header",
		Description: "A name for this request, such as a UUID. A repeat with the same key and body is given the answer of the first for 24 hours, and is not carried out again.",
		Schema:      &huma.Schema{Type: huma.TypeString, MinLength: ptr(1), MaxLength: ptr(255), Pattern: "^[!-~]+$"},
	}}
}

func ptr[T any](v T) *T { return &v }

// responses documents how an operation may answer.
func responses(h huma.API, method string, d doc) map[string]*huma.Response {
	out := map[string]*huma.Response{}
	for _, status := range refusals(method, d) {
		out[strconv.Itoa(status)] = refusal(h, status)
	}
	success := &huma.Response{Description: http.StatusText(d.status), Headers: map[string]*huma.Param{}}
	if d.once {
		success.Headers["Idempotent-Replayed"] = header("true when this is the answer that the same request was given before.", huma.TypeString)
	}
	if d.counted {
		success.Headers["RateLimit-Policy"] = header("How many texts your application may start in a minute.", huma.TypeString)
		success.Headers["RateLimit"] = header("How many of them are left, and in how many seconds there are more.", huma.TypeString)
	}
	if d.streams {
		success.Content = map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}
	}
	out[strconv.Itoa(d.status)] = success
	return out
}

// refusals returns the statuses an operation may refuse with.
func refusals(method string, d doc) []int {
	all := append([]int{400, 401, 403, 500, 503}, d.refusals...)
	if method == http.MethodPost {
		all = append(all, http.StatusRequestTimeout)
	}
	if d.once {
		all = append(all, http.StatusConflict, http.StatusUnprocessableEntity)
	}
	return all
}

func refusal(h huma.API, status int) *huma.Response {
	schema := h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[web.Problem](), true, "")
	r := &huma.Response{
		Description: http.StatusText(status),
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == http.StatusConflict {
		r.Headers = map[string]*huma.Param{"Retry-After": header("When to try again, in seconds.", huma.TypeInteger)}
	}
	return r
}

func header(description, kind string) *huma.Param {
	return &huma.Param{Description: description, Schema: &huma.Schema{Type: kind}}
}

// describe completes the schemas: answers may get further fields later, while
// what a call takes stays closed, and the code of a problem is one of ours.
func describe(schemas huma.Registry) {
	for _, t := range []reflect.Type{
		reflect.TypeFor[Verification](), reflect.TypeFor[Message](), reflect.TypeFor[Checked](), reflect.TypeFor[web.Problem](),
		reflect.TypeFor[Text](), reflect.TypeFor[Words](), reflect.TypeFor[Step](), reflect.TypeFor[Page](),
		reflect.TypeFor[Sender](), reflect.TypeFor[Senders](), reflect.TypeFor[Balance](), reflect.TypeFor[RedeemedReceipt](),
	} {
		schemas.SchemaFromRef(schemas.Schema(t, true, "").Ref).AdditionalProperties = true
	}
	code := schemas.Map()["Problem"].Properties["code"]
	for _, p := range problems() {
		code.Enum = append(code.Enum, p.Code)
	}
}
