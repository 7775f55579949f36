package api

import (
	"bytes"
	_ "embed" // for the page
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sinpyo/sinpyo/internal/web"
)

//go:embed reference/reference.html
var referencePage string

//go:embed reference/style.css
var referenceStyle []byte

var referenceTemplate = template.Must(template.New("reference").Parse(referencePage))

// reference serves the document to people: one page without a script, and its
// style sheet. The page is made when it is asked for first.
func (a *API) reference(mux web.Mux, document *huma.OpenAPI) {
	page := sync.OnceValues(func() ([]byte, error) {
		var b bytes.Buffer
		err := referenceTemplate.Execute(&b, a.newReference(document))
		return b.Bytes(), err
	})
	a.plain(mux, "/docs", func(w http.ResponseWriter, r *http.Request) {
		text, err := page()
		if err != nil {
			web.WriteProblem(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(text) // the caller may have gone
	})
	a.plain(mux, "/docs/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(referenceStyle) // the caller may have gone
	})
}

// reference is what the page shows.
type reference struct {
	Description string
	Operations  []operation
	Types       []typeTable
	Problems    []*web.Problem
}

// operation is one call.
type operation struct {
	ID, Method, Path, Summary, Korean, Description, Scope string
	Parameters                                            []*huma.Param
	Body, Answer                                          string // names of types
	Success, Media, Refusals                              string
}

// typeTable is a type with its fields.
type typeTable struct {
	Name   string
	Fields []field
}

// field is one field of a type.
type field struct {
	Name, Type, Ref, Doc, Enum, Example string
	Required                            bool
}

func (a *API) newReference(d *huma.OpenAPI) reference {
	r := reference{Description: d.Info.Description, Problems: problems()}
	for _, c := range a.order {
		item := d.Paths[c.path]
		op := item.Get
		if c.method == http.MethodPost {
			op = item.Post
		}
		r.Operations = append(r.Operations, newOperation(op))
	}
	schemas := d.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if len(schemas[name].Properties) > 0 {
			r.Types = append(r.Types, typeTable{name, fields(schemas[name])})
		}
	}
	return r
}

func newOperation(op *huma.Operation) operation {
	o := operation{
		ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description, Parameters: op.Parameters,
		Success: strconv.Itoa(op.DefaultStatus),
	}
	o.Korean, _ = op.Extensions["x-summary-ko"].(string)
	o.Scope, _ = op.Extensions["x-scope"].(string)
	if op.RequestBody != nil {
		o.Body = typeIn(op.RequestBody.Content)
	}
	var refused []string
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if status != o.Success {
			refused = append(refused, status)
		}
	}
	o.Refusals = strings.Join(refused, ", ")
	answer := op.Responses[o.Success].Content
	if o.Answer = typeIn(answer); o.Answer == "" {
		o.Media = strings.Join(slices.Sorted(maps.Keys(answer)), ", ")
	}
	return o
}

// typeIn returns the name of the type that a body has.
func typeIn(content map[string]*huma.MediaType) string {
	for _, media := range content {
		return refName(media.Schema)
	}
	return ""
}

func refName(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	_, name, _ := strings.Cut(s.Ref, "#/components/schemas/")
	return name
}

func fields(s *huma.Schema) []field {
	var out []field
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		f := field{Name: name, Doc: p.Description, Required: slices.Contains(s.Required, name), Type: typeName(p)}
		f.Ref = refName(p)
		if p.Items != nil {
			f.Ref = refName(p.Items)
		}
		var values []string
		for _, v := range p.Enum {
			if text, ok := v.(string); ok {
				values = append(values, text)
			}
		}
		if name != "code" || len(values) < 10 { // the problems have a table of their own
			f.Enum = strings.Join(values, ", ")
		}
		if len(p.Examples) > 0 {
			f.Example, _ = p.Examples[0].(string)
		}
		out = append(out, f)
	}
	return out
}

// typeName says in a few words what a value is.
func typeName(s *huma.Schema) string {
	switch {
	case s.Ref != "":
		return refName(s)
	case s.Items != nil:
		return "list of " + typeName(s.Items)
	case s.Format == "date-time":
		return "time"
	default:
		return s.Type
	}
}
