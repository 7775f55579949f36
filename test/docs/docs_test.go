package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// The English pages with commands, by what runs them. The Korean ones have the
// same commands, which is a test of its own.
var (
	// runHere are run by this package, in an empty folder beside a running server.
	runHere = []string{"README.md", "docs/consents.md", "docs/keys.md"}
	// walked are run by scripts/install-walk.
	walked = []string{"docs/install.md", "docs/upgrade.md"}
)

// root is the root of the repository.
const root = "../.."

// block is a fenced block of commands.
type block struct {
	page  string // from the root, with slashes
	line  int
	text  string
	notes string // why it is not run; "" when it is
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

var notRun = regexp.MustCompile(`^<!-- not run: (.{10,}) -->$`)

// blocksOf reads the blocks marked sh of a page.
func blocksOf(t *testing.T, page string) (blocks []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(page)))
	if err != nil {
		t.Fatal(err)
	}
	var why string
	var inside *block
	fenced := false
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case fenced && strings.TrimSpace(line) == "```":
			if inside != nil {
				blocks = append(blocks, *inside)
			}
			inside, fenced = nil, false
		case inside != nil:
			inside.text += line + "\n"
		case !fenced && strings.HasPrefix(line, "```"):
			fenced = true
			if line == "```sh" {
				inside = &block{page: page, line: i + 1, notes: why}
			}
			why = ""
		default:
			if m := notRun.FindStringSubmatch(line); m != nil {
				why = m[1]
			}
		}
	}
	if inside != nil {
		t.Fatalf("%s: the block is not closed", inside)
	}
	return blocks
}

// pages are all documents in English, and those in Korean by their English twin.
func pages(t *testing.T) (english []string, korean map[string]string) {
	t.Helper()
	korean = map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/ko/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			rel, _ := filepath.Rel(root, name)
			rel = filepath.ToSlash(rel)
			switch {
			case strings.HasPrefix(rel, "docs/ko/"):
				korean["docs/"+path.Base(rel)] = rel
			case strings.HasSuffix(rel, ".ko.md"):
				korean[strings.TrimSuffix(rel, ".ko.md")+".md"] = rel
			default:
				english = append(english, rel)
			}
		}
	}
	if len(english) < 20 || len(korean) < 15 {
		t.Fatalf("found %d and %d pages: is this still the root of the repository?", len(english), len(korean))
	}
	return english, korean
}

// TestPages_EveryBlockIsRunOrSaysWhyNot wants each page with commands to be
// named above, and each name to be a page with commands that are run.
func TestPages_EveryBlockIsRunOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	english, _ := pages(t)
	with := map[string]int{} // blocks that are to be run, by page
	for _, page := range english {
		for _, b := range blocksOf(t, page) {
			run := slices.Contains(runHere, page) || slices.Contains(walked, page)
			if b.notes == "" && !run {
				t.Errorf("%s is run nowhere: name the page in runHere of %s, or say above the block why not: <!-- not run: … -->", b, "test/docs")
			}
			if b.notes == "" {
				with[page]++
			}
		}
	}
	for _, page := range slices.Concat(runHere, walked) {
		if with[page] == 0 {
			t.Errorf("%s has no block any more that is run", page)
		}
	}
}

// aside is what a block says to the reader alone.
var aside = regexp.MustCompile(`(?m)\s+# .*$`)

// TestPages_HaveTheSameCommandsInBothLanguages compares each page with its
// Korean twin, block by block, leaving out what is said behind a #.
func TestPages_HaveTheSameCommandsInBothLanguages(t *testing.T) {
	t.Parallel()
	english, korean := pages(t)
	commands := func(page string) (all []string) {
		for _, b := range blocksOf(t, page) {
			all = append(all, b.notes+"\n"+aside.ReplaceAllString(b.text, ""))
		}
		return all
	}
	for _, page := range english {
		twin, ok := korean[page]
		if !ok {
			if len(commands(page)) > 0 {
				t.Errorf("%s has commands and no Korean page", page)
			}
			continue
		}
		if diff := cmp.Diff(commands(page), commands(twin)); diff != "" {
			t.Errorf("%s has other commands than %s (-want +got):\n%s", twin, page, diff)
		}
	}
}

// prelude is what the shell of a page begins with. The pages call the public
// address of an installation; here it is that of the node.
const prelude = `set -eo pipefail
curl() {
  local arg args=()
  for arg in "$@"; do args+=("${arg//https:\/\/auth.example.kr/http:\/\/$NODE}"); done
  command curl --fail-with-body --max-time 10 "${args[@]}"
}
`

func TestPages_CommandsWork(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s: make test installs it", tool)
		}
	}
	for _, page := range runHere {
		var script strings.Builder
		script.WriteString(prelude)
		for _, b := range blocksOf(t, page) {
			if b.notes == "" {
				fmt.Fprintf(&script, "echo '== %s'\n%s", b, b.text)
			}
		}
		if script.Len() == len(prelude) {
			continue
		}
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			w := kit.NewWorld(t, kit.Setup{Nodes: 1})
			dir := t.TempDir()
			for _, name := range []string{"bin/sinpyo", "path/sinpyo"} {
				link := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(w.A().Program, link); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), "bash", "-c", script.String())
			cmd.Dir = dir
			cmd.Env = append(w.A().Env, "SINPYO_LISTEN="+w.A().Listen, "NODE="+w.A().Listen, "HOME="+dir,
				"PATH="+filepath.Join(dir, "path")+":"+os.Getenv("PATH"))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
