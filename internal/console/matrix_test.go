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

// asker is somebody who asks, in a console of their own, where nobody else lets
// time go by.
type asker struct {
	*consoletest.World
	role operator.Role // "" for nobody's
	late bool          // their proof is five minutes old
	n    int
	self *consoletest.Person
}

// askers are everybody, by the head of their column.
var askers = []struct {
	name string
	role operator.Role
	late bool
}{
	{"nobody", "", false}, {"viewer", operator.Viewer, false}, {"support", operator.Support, false},
	{"operator", operator.Manager, false}, {"owner", operator.Owner, false}, {"owner, 5 min later", operator.Owner, true},
}

// person returns the asker at their browser: another one where the last one's
// session has ended.
func (a *asker) person() *consoletest.Person {
	a.Helper()
	switch {
	case a.role == "":
		return a.Person("en")
	case a.self != nil && a.self.Get("/me").Code == http.StatusOK:
		return a.self
	}
	a.n++
	a.self = a.Operator("en", fmt.Sprintf("%s %d", a.role, a.n), a.role)
	if a.late {
		a.Clock.Advance(operator.FreshFor)
	}
	return a.self
}

// ask asks for a route, with the token of a page of theirs.
func (a *asker) ask(method, path string) *httptest.ResponseRecorder {
	a.Helper()
	p := a.person()
	path = strings.Replace(path, "{id}", max(p.ID, "opr_0"), 1)
	if method == http.MethodGet {
		return p.Get(path)
	}
	p.Get("/signin") // brings a token to who is not signed in
	p.Get("/me")     // and to who is
	return p.Post(path)
}

// TestMatrix_IsTheOneThatWasReviewed asks for every route as everybody, and writes
// down what they get. A change of rights is a change of testdata/matrix.txt. (S-98)
func TestMatrix_IsTheOneThatWasReviewed(t *testing.T) {
	t.Parallel()
	var patterns []string
	columns := make([][]string, len(askers))
	t.Run("everybody", func(t *testing.T) {
		for i, who := range askers {
			w := consoletest.New(t, consoletest.Options{})
			patterns = w.Routes.Patterns()
			t.Run(who.name, func(t *testing.T) {
				t.Parallel()
				w.Owner("en")
				a := &asker{World: w, role: who.role, late: who.late}
				for _, pattern := range patterns {
					method, path, ok := strings.Cut(pattern, " ")
					got := ""
					if ok && path != "/assets/" {
						got = outcome(t, a.ask(method, strings.Replace(path, "{$}", "", 1)))
					}
					columns[i] = append(columns[i], got)
				}
			})
		}
	})

	var b strings.Builder
	fmt.Fprintf(&b, "%-5s %-40s", "", "")
	for _, who := range askers {
		fmt.Fprintf(&b, " %-18s", who.name)
	}
	b.WriteByte('\n')
	n := 0
	for i, pattern := range patterns {
		if columns[0][i] == "" {
			continue
		}
		method, path, _ := strings.Cut(pattern, " ")
		line := fmt.Sprintf("%-5s %-40s", method, strings.Replace(path, "{$}", "", 1))
		for _, column := range columns {
			n++
			line += fmt.Sprintf(" %-18s", column[i])
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
