package kit_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/test/kit"
)

// TestCanaries_AreFound plants each kind of secret, as a leak would write it, and
// what only looks like one.
func TestCanaries_AreFound(t *testing.T) {
	t.Parallel()
	c := kit.Canaries{Codes: map[string]bool{"314159": true}, Secrets: map[string]string{"hush-hush": "provider secret"}}
	for name, tt := range map[string]struct {
		text string
		want int
	}{
		"a number":                {`{"msg":"start","to":"01000000012"}`, 1},
		"its international form":  {`to +821000000012.`, 1},
		"with spaces and the 82":  {`to +82 10 0000 0012`, 1},
		"with dashes":             {`010-0000-0012`, 1},
		"without its 0":           {`to 1000000012`, 1},
		"as long a number":        {`{"ahead_by":1000000012}`, 0},
		"a masked number":         {`010-****-0012`, 0},
		"a code":                  {`{"msg":"checked","code":"314159"}`, 1},
		"a code in words":         {`code is 314159, wrong`, 1},
		"another one's digits":    {`{"code":"314158"}`, 0},
		"a number of JSON":        {`{"bytes":314159}`, 0},
		"a fraction":              {`"took":"1.314159"`, 0},
		"a time":                  {`"time":"2026-11-23T19:24:55.314159Z"`, 0},
		"a part of an identifier": {`ver_314159ab`, 0},
		"a receipt":               {`{"receipt":"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ2ZXIifQ.c2ln"}`, 1},
		"a secret":                {`key hush-hush and hush-hush`, 2},
		"nothing":                 {`{"level":"INFO","msg":"ready"}`, 0},
	} {
		if got := c.In("here", tt.text); len(got) != tt.want {
			t.Errorf("%s: found %v, want %d", name, got, tt.want)
		}
	}
}
