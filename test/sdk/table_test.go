package sdk_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// led tells how each SDK finds the emulator.
var led = map[string]string{
	"solapi":           "Its host is compiled in: the global `fetch`, which it asks, is led to the emulator.",
	"coolsms-node-sdk": "Its property `baseUrl` is set to the emulator.",
	"coolsms-rest-sdk": "Its static property `DEFAULT_HOST` is set to the emulator. It speaks the legacy API.",
}

// table is the document that the run writes.
func table(all []results) string {
	var b strings.Builder
	b.WriteString(`# SDKs of the provider against the emulator

Written by the test in ` + "`test/sdk`" + `, which ` + "`make test`" + ` runs. Each package comes from npm and is not changed. Its
public methods are read from its own objects; the account is reset before each; the answers are held against what
the emulator has afterwards. The requests are those that the emulator saw the method make.

Where the system allows a network of one's own, all of it runs once more with the addresses compiled into the SDKs:
the provider's names lead to ` + "`sinpyo sandbox --tls`" + `, and the SDKs are told nothing but to trust its certificate.

| package | version | methods | that work |
|---|---|--:|--:|
`)
	for _, sdk := range all {
		works := 0
		for _, r := range sdk.Methods {
			if r.Problem == "" {
				works++
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d |\n", sdk.Name, sdk.Version, len(sdk.Methods), works)
	}
	for _, sdk := range all {
		fmt.Fprintf(&b, "\n## %s %s\n\n%s\n\n", sdk.Name, sdk.Version, led[sdk.Name])
		b.WriteString("| method | requests | compared with | result |\n|---|---|---|---|\n")
		for _, r := range sdk.Methods {
			requests := strings.Join(r.Requests, "`<br>`")
			fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", r.Name, requests, r.Compares, came(r))
		}
		b.WriteString("\n| beside the methods | compared with | result |\n|---|---|---|\n")
		for _, r := range sdk.Manners {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", r.Name, r.Compares, came(r))
		}
	}
	return b.String()
}

func came(r result) string {
	if r.Problem != "" {
		return "**fails**"
	}
	return "works"
}

func TestDocument_NamesThePinnedVersions(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "sdk-compatibility.md"))
	if err != nil {
		t.Fatal(err)
	}
	pinned, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Dependencies map[string]string }
	if err := json.Unmarshal(pinned, &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Dependencies) != len(packages) {
		t.Errorf("package.json pins %d packages, want %d", len(manifest.Dependencies), len(packages))
	}
	for _, name := range packages {
		heading := fmt.Sprintf("\n## %s %s\n", name, manifest.Dependencies[name])
		if !strings.Contains(string(text), heading) {
			t.Errorf("the document has no heading %q: run the test with SINPYO_TEST_SDK=1", strings.TrimSpace(heading))
		}
	}
}
