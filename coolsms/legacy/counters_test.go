package legacy_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
	"github.com/sinpyo/sinpyo/coolsms/legacy"
)

// TestCounters_EveryFormOfErrorList reads what the provider may write, and
// refuses what cannot be understood rather than take it for no error.
func TestCounters_EveryFormOfErrorList(t *testing.T) {
	t.Parallel()
	two := []legacy.ItemError{{Index: 0, Code: "62"}, {Index: 4, Code: "1054"}}
	for name, tt := range map[string]struct {
		list string
		want []legacy.ItemError
		bad  bool
	}{
		"an object":                {list: `{"4":"1054","0":"62"}`, want: two},
		"an array of objects":      {list: `[{"0":"62"},{"4":"1054"}]`, want: two},
		"one object for all":       {list: `[{"4":"1054","0":"62"}]`, want: two},
		"an array of pairs":        {list: `[[0,"62"],["4","1054"]]`, want: two},
		"codes as numbers":         {list: ` { "0" : 62 , "4" : 1054 } `, want: two},
		"an empty object":          {list: `{}`},
		"an empty array":           {list: `[]`},
		"null":                     {list: `null`},
		"an empty text":            {list: `""`},
		"as the documents have it": {list: `[0: "62", 4: "1054"]`, bad: true},
		"a text":                   {list: `"62"`, bad: true},
		"a number":                 {list: `62`, bad: true},
		"an array of codes":        {list: `["62"]`, bad: true},
		"an array of nulls":        {list: `[null]`, bad: true},
		"a place that is none":     {list: `{"index":0,"code":"62"}`, bad: true},
		"a code that is none":      {list: `{"0":{}}`, bad: true},
		"a pair of three":          {list: `[[0,"62","x"]]`, bad: true},
		"a pair without a place":   {list: `[["x","62"]]`, bad: true},
		"a pair without a code":    {list: `[[0,[]]]`, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			body := `{"success_count":1,"error_count":2,"error_list":` + tt.list + `,"new":1}`
			mux.HandleFunc("POST /sms/2/delete_groups", clienttest.Handler(200, body))
			got, err := c.Groups.Delete(t.Context(), "G1")
			if tt.bad {
				var lost *legacy.CallError
				if !errors.As(err, &lost) || string(lost.Body) != body || !legacy.IsAmbiguous(err) {
					t.Errorf("got %+v, %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&legacy.Counters{Success: 1, Failed: 2, Errors: tt.want, Raw: []byte(body)}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCounters_Err(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		counters legacy.Counters
		want     error
	}{
		{legacy.Counters{Success: 3}, nil},
		{legacy.Counters{Failed: 2, Errors: []legacy.ItemError{{Index: 1, Code: "62"}, {Index: 2, Code: "54"}}}, &legacy.ResultError{Code: "62"}},
		{legacy.Counters{Failed: 2}, &legacy.ResultError{}},
	} {
		if diff := cmp.Diff(tt.want, tt.counters.Err()); diff != "" {
			t.Error(diff)
		}
	}
	if err := (&legacy.Counters{Errors: []legacy.ItemError{{Code: "62"}}}).Err(); !errors.Is(err, legacy.ErrSenderNotRegistered) {
		t.Errorf("got %v", err)
	}
}
