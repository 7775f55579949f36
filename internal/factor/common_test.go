package factor_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/factor"
)

func TestCommon_HoldsTheList(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"123456", "password", "qwertyuiop", "zxcvbnm", "trustno1", "193570356033", "qlalfqjsgh", "비밀번호"} {
		if !factor.Common(password) {
			t.Errorf("%s is not on the list", password)
		}
	}
	for _, password := range []string{"", "passw0rt", "한강다리 밑 오리배", "zzzzzzzzzzzzzzzzz"} {
		if factor.Common(password) {
			t.Errorf("%q is on the list", password)
		}
	}
}

// TestCommon_IsWhatVENDOREDSays compares the files with their checksums.
func TestCommon_IsWhatVENDOREDSays(t *testing.T) {
	t.Parallel()
	sums, err := os.ReadFile("common/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(sums)), "\n")
	if len(lines) != 2 {
		t.Fatalf("checksums of %d files, want 2", len(lines))
	}
	for _, line := range lines {
		want, name, _ := strings.Cut(line, "  ")
		file, err := os.ReadFile(filepath.Join("common", name))
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(file); hex.EncodeToString(got[:]) != want {
			t.Errorf("%s is not what was taken over", name)
		}
		if len(file) > 200<<10 {
			t.Errorf("%s has %d bytes", name, len(file))
		}
	}
}
