package console_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/operator"
)

var update = flag.Bool("update", false, "write testdata anew")

// outcome says in a word how the console answered somebody who asked for a route.
func outcome(t *testing.T, a *httptest.ResponseRecorder) string {
	t.Helper()
	led := strings.Contains(strings.Join(a.Header().Values("Set-Cookie"), " "), "console-next=/")
	switch to := a.Header().Get("Location"); {
	case a.Code == http.StatusSeeOther && to == "/signin" && led:
		return "sign in"
	case a.Code == http.StatusSeeOther && to == "/confirm":
		return "prove"
	case a.Code == http.StatusUnauthorized:
		return "sign in"
	case a.Code == http.StatusForbidden && strings.Contains(a.Body.String(), "It takes the role <b>"):
		_, role, _ := strings.Cut(a.Body.String(), "It takes the role <b>")
		role, _, _ = strings.Cut(role, "</b>")
		return "only " + strings.ToLower(role)
	case a.Code == http.StatusForbidden:
		return "prove"
	case a.Code < http.StatusInternalServerError:
		return "yes"
	}
	t.Errorf("answered %d\n%s", a.Code, a.Body)
	return "broken"
}

// asker makes somebody who asks; n is another one each time.
type asker struct {
	name string
	make func(n int) *consoletest.Person
}

// TestMatrix_IsTheOneThatWasReviewed asks for every route as everybody, with the
// token of a page of theirs, and writes down what they get. A change of rights is
// a change of testdata/matrix.txt. (S-98)
func TestMatrix_IsTheOneThatWasReviewed(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	w.Owner("en")
	people := []asker{{"nobody", func(int) *consoletest.Person { return w.Person("en") }}}
	for _, role := range operator.Roles() {
		people = append(people, asker{string(role), func(n int) *consoletest.Person {
			return w.Operator("en", fmt.Sprintf("%s %d", role, n), role)
		}})
	}
	people = append(people, asker{"owner, 5 min later", func(n int) *consoletest.Person {
		p := w.Operator("en", fmt.Sprintf("late owner %d", n), operator.Owner)
		w.Clock.Advance(operator.FreshFor)
		return p
	}})

	var b strings.Builder
	fmt.Fprintf(&b, "%-5s %-22s", "", "")
	for _, p := range people {
		fmt.Fprintf(&b, " %-18s", p.name)
	}
	b.WriteByte('\n')
	n := 0
	for _, pattern := range w.Routes.Patterns() {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok || path == "/assets/" {
			continue
		}
		path = strings.Replace(path, "{$}", "", 1)
		line := fmt.Sprintf("%-5s %-22s", method, path)
		for _, who := range people {
			n++
			p := who.make(n)
			asked := strings.Replace(path, "{id}", max(p.ID, "opr_0"), 1)
			var a *httptest.ResponseRecorder
			if method == http.MethodGet {
				a = p.Get(asked)
			} else {
				p.Get("/signin") // brings a token to who is not signed in
				p.Get("/me")     // and to who is
				a = p.Post(asked)
			}
			line += fmt.Sprintf(" %-18s", outcome(t, a))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	const file = "testdata/matrix.txt"
	got := b.String()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("rights have changed (-want +got); go test ./internal/console -update writes them anew\n%s", diff)
	}
	if n < 100 {
		t.Errorf("only %d pairs were tried", n)
	}
}
