package house_test

import (
	"path"
	"strconv"
	"strings"
	"testing"
)

// floors is the plan. A room imports rooms of lower floors only, so neighbours
// on one floor never meet; cmd/sinpyo stands above all and brings them together.
var floors = map[string]int{
	"fault": 1, "id": 1, "crash": 1, // words that every room speaks
	"phone": 2, "sms": 2, "config": 2,
	"face": 2, "catalogue": 2, "sheet": 2,
	"seal": 3, // what it seals is a phone number
	"db":   4, "web": 4,
	"audit": 5, // every room above writes down what happened
	"gcra":  5,
	"app":   6, "limit": 6, "outbox": 6, "idempotency": 6, "receipt": 6, "challenge": 6, "retain": 6, "keyring": 6,
	"factor": 6, "provider": 6, "backup": 6,
	"consent": 6,
	"verify":  7, "watch": 7,
	"account": 8, "operator": 8, "traffic": 8, "results": 8, "replay": 8,
	"api": 9, "pages": 9, "oidc": 9, "console": 9,
	"demo": 9, "doctor": 7,
}

// keptBy names the one room of the product that may import a library, where a
// library decides the shape of the code around it.
var keptBy = map[string]string{
	"github.com/jackc/pgx/":          "internal/db",
	"modernc.org/sqlite":             "internal/db",
	"github.com/pressly/goose/":      "internal/db",
	"github.com/danielgtaylor/huma/": "internal/api",
	"github.com/knadh/koanf/":        "internal/config",
	"github.com/go-webauthn/":        "internal/factor",
	"github.com/alecthomas/kong":     "cmd/sinpyo",
	// Rooms make spans with the API; where they go is the program's business.
	"go.opentelemetry.io/otel/sdk/":       "cmd/sinpyo",
	"go.opentelemetry.io/otel/exporters/": "cmd/sinpyo",
}

// roomOf returns the room a package below internal/ belongs to: "internal/db"
// and "internal/db/dbtest" are both of the room "db".
func roomOf(pkg string) (string, bool) {
	rest, ok := strings.CutPrefix(pkg, "internal/")
	if !ok {
		return "", false
	}
	room, _, _ := strings.Cut(rest, "/")
	return room, true
}

// isTestKit reports whether a package exists for other packages' tests.
func isTestKit(pkg string) bool {
	return strings.Contains(pkg+"/", "test/") && strings.HasPrefix(pkg, "internal/")
}

// isClient reports whether a package is one of the provider's clients, or what
// they share.
func isClient(pkg string) bool { return pkg == "coolsms" || strings.HasPrefix(pkg, "coolsms/") }

// wrongImport returns why a package of ours may not import another, or "".
func wrongImport(from, to string, test bool) string {
	room, inside := roomOf(from)
	target, isRoom := roomOf(to)
	switch {
	case isClient(from) || from == "sandbox" || from == "receipt":
		if test {
			return "" // their own tests may set the two against each other
		}
		if isClient(from) && strings.HasPrefix(to, "coolsms/internal/") && !strings.HasSuffix(to, "test") {
			return "" // what the clients share
		}
		return from + " stands alone: it imports nothing of ours"
	case isTestKit(to) && !test && !isTestKit(from) && !strings.HasPrefix(from, "test/"):
		return "a test kit is imported by tests and the programs under test/ only"
	case to == "sandbox" && inside && !test && !isTestKit(from):
		return "the emulator is started by cmd/sinpyo and by tests only"
	case room == "house" || !isRoom:
		return ""
	case !inside: // cmd/sinpyo and the programs under test/
		return ""
	case room == target:
		return ""
	case target == "config":
		return "settings reach a room as plain values: only cmd/sinpyo imports config"
	case floors[target] > floors[room]:
		return "that is a floor above"
	case floors[target] == floors[room]:
		return "that is a neighbour on the same floor"
	}
	return ""
}

func TestImports_GoDownOnly(t *testing.T) {
	t.Parallel()
	for _, f := range readHouse(t) {
		if room, inside := roomOf(f.pkg); inside && room != "house" && floors[room] == 0 {
			t.Errorf("%s: the room %q has no floor: give it one in floors", f.name, room)
		}
		for _, spec := range f.syntax.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			to, ours := strings.CutPrefix(imported, module+"/")
			if !ours {
				continue
			}
			if why := wrongImport(f.pkg, to, f.test); why != "" {
				t.Errorf("%s: %s must not import %s: %s", f.at(spec), f.pkg, to, why)
			}
		}
	}
}

func TestImports_LibrariesStayInTheirRoom(t *testing.T) {
	t.Parallel()
	for _, f := range readHouse(t) {
		for _, spec := range f.syntax.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			standard := !strings.Contains(strings.Split(imported, "/")[0], ".")
			if (isClient(f.pkg) || f.pkg == "receipt") && !f.test && !standard && !strings.HasPrefix(imported, module+"/") {
				t.Errorf("%s: %s is made of the standard library alone, not %s", f.at(spec), f.pkg, imported)
			}
			for library, keeper := range keptBy {
				in := f.pkg == keeper || strings.HasPrefix(f.pkg, keeper+"/")
				if !f.test && !in && !strings.HasPrefix(f.pkg, "test/") && strings.HasPrefix(imported+"/", library) {
					t.Errorf("%s: %s is kept by %s", f.at(spec), imported, keeper)
				}
			}
		}
	}
}

// TestWrongImport_Knows holds the rules themselves to account: a plan that
// forbids nothing would pass every house.
func TestWrongImport_Knows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		test     bool
		allowed  bool
	}{
		{"internal/verify", "internal/outbox", false, true},
		{"internal/outbox", "internal/verify", false, false},
		{"internal/outbox", "internal/limit", false, false},
		{"internal/api", "internal/pages", false, false},
		{"internal/outbox", "coolsms", false, true},
		{"internal/outbox", "sandbox", false, false},
		{"internal/outbox", "sandbox", true, true},
		{"internal/verify", "internal/db/dbtest", false, false},
		{"internal/verify", "internal/db/dbtest", true, true},
		{"internal/db/dbtest", "internal/db", false, true},
		{"internal/web", "internal/config", false, false},
		{"cmd/sinpyo", "internal/config", false, true},
		{"cmd/sinpyo", "sandbox", false, true},
		{"coolsms", "internal/fault", false, false},
		{"sandbox", "coolsms", false, false},
		{"receipt", "internal/fault", false, false},
		{"internal/receipt", "receipt", false, true},
		{"coolsms/legacy", "coolsms", false, false},
		{"coolsms/legacy", "coolsms/internal/transport", false, true},
		{"coolsms/legacy", "coolsms/internal/clienttest", false, false},
		{"coolsms/legacy", "coolsms/internal/clienttest", true, true},
		{"coolsms/internal/transport", "coolsms", false, false},
		{"sandbox", "coolsms/internal/transport", false, false},
	} {
		if why := wrongImport(c.from, c.to, c.test); (why == "") != c.allowed {
			t.Errorf("%s imports %s (test %v): got %q, want allowed %v", c.from, c.to, c.test, why, c.allowed)
		}
	}
	if !isTestKit(path.Join("internal", "db", "dbtest", "pgserver")) {
		t.Error("pgserver belongs to a test kit")
	}
}
