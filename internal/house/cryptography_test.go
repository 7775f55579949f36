package house_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// algorithms are the packages that do cryptography and what
// docs/cryptography.md calls what they do.
var algorithms = map[string]string{
	"crypto/aes":      "AES-256-GCM",
	"crypto/ecdsa":    "ECDSA",
	"crypto/ed25519":  "Ed25519",
	"crypto/elliptic": "P-256",
	"crypto/hkdf":     "HKDF",
	"crypto/hmac":     "HMAC-SHA-256",
	"crypto/md5":      "HMAC-MD5",
	"crypto/rand":     "`crypto/rand`",
	"crypto/sha1":     "HMAC-SHA-1",
	"crypto/sha256":   "SHA-256",
	"crypto/tls":      "TLS 1.2",

	"golang.org/x/crypto/argon2": "argon2id",

	// Frames around the ones above.
	"crypto/cipher": "AES-256-GCM", "crypto/subtle": "", "crypto/x509": "", "crypto/x509/pkix": "",
}

// cryptographic finds import paths that are about cryptography, whoever made
// them.
var cryptographic = regexp.MustCompile(`\b(?:crypto|crypt|jose|jwt|jwx|nacl|sodium|argon2\w*|bcrypt|scrypt|ed25519\w*|secp256k1)\b`)

// TestCryptography_IsGosOwnAndListed wants no cryptography but that of the
// standard library and of the Go project (S-89), and each of its algorithms and
// each kind of hash in docs/cryptography.md and its Korean twin.
func TestCryptography_IsGosOwnAndListed(t *testing.T) {
	t.Parallel()
	named := map[string]bool{}
	for _, f := range readHouse(t) {
		if f.test || isTestKit(f.pkg) || strings.HasPrefix(f.pkg, "test/") {
			continue
		}
		for _, spec := range f.syntax.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if !cryptographic.MatchString(imported) {
				continue
			}
			words, known := algorithms[imported]
			if !known {
				t.Errorf("%s: %s is not on the list of cryptography", f.at(spec), imported)
			}
			named[words] = true
		}
		if f.name == "internal/seal/seal.go" {
			for _, label := range hashLabels(f) {
				named["`"+label+"`"] = true
			}
		}
	}
	if len(named) < 15 {
		t.Fatalf("found %d algorithms and labels: has their form changed?", len(named))
	}
	for _, page := range []string{"cryptography.md", "ko/cryptography.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range sortedKeys(named) {
			if !strings.Contains(string(text), words) {
				t.Errorf("docs/%s does not name %s", page, words)
			}
		}
	}
}

// hashLabels reads the labels of hashes in package seal.
func hashLabels(f file) (labels []string) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && spec.Names[0].Name == "labels" {
			labels = texts(spec.Values[0])
		}
		return true
	})
	return labels
}
