package verify_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/sandbox"
)

// world is a verifier whose texts arrive as soon as they are sent.
type world struct {
	*verify.Verifier
	*verifytest.World
}

func newWorld(t *testing.T, options ...func(*db.Options)) *world {
	t.Helper()
	w := verifytest.New(t, verifytest.Options{DB: options, Sandbox: []sandbox.Option{sandbox.WithReportDelay(0)}})
	return &world{w.Verifier, w}
}

// number returns the n-th number of a test.
func number(t *testing.T, n int) phone.Number {
	t.Helper()
	to, err := phone.Parse(fmt.Sprintf("010%08d", n))
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func (w *world) start(to phone.Number, b verify.Binding) (verify.Verification, error) {
	return w.Start(w.Context(), verify.Start{
		Application: w.App, To: to, Purpose: verify.Login, Locale: "ko", Binding: b,
	})
}

func (w *world) mustStart(to phone.Number, b verify.Binding) verify.Verification {
	w.Helper()
	v, err := w.start(to, b)
	if err != nil {
		w.Fatalf("starting: %v", err)
	}
	return v
}

// codes returns the codes a number was texted, the newest first.
func (w *world) codes(to phone.Number) []string {
	w.Helper()
	w.Drive()
	var codes []string
	for _, m := range w.Provider.Handset(to.National()) {
		found := lastLine.FindStringSubmatch(m.Text)
		if found == nil {
			w.Fatalf("a text does not end with its host and code")
		}
		codes = append(codes, found[1])
	}
	return codes
}

var lastLine = regexp.MustCompile(`@localhost #(\d{6,10})$`)

func (w *world) code(to phone.Number) string {
	w.Helper()
	codes := w.codes(to)
	if len(codes) == 0 {
		w.Fatal("no text came")
	}
	return codes[0]
}

// other returns a code that is not the one given.
func other(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

func ref(v verify.Verification, b verify.Binding) verify.Ref {
	return verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID, Binding: b}
}

func (w *world) mustCheck(r verify.Ref, text string) verify.Result {
	w.Helper()
	got, err := w.Check(w.Context(), r, text)
	if err != nil {
		w.Fatalf("checking: %v", err)
	}
	return got
}
