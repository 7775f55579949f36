package seal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

func newRing(t *testing.T, fill byte) *seal.Ring {
	t.Helper()
	ring, err := seal.New(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestSeal_OpensInItsOwnPlaceAlone(t *testing.T) {
	t.Parallel()
	ring := newRing(t, 1)
	plain := []byte("012345")
	sealed := ring.Seal("verifications.code", "ver_1", plain)
	got, err := ring.Open("verifications.code", "ver_1", sealed)
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if bytes.Contains(sealed, plain) {
		t.Fatal("the sealed value shows its content")
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another row":    func() ([]byte, error) { return ring.Open("verifications.code", "ver_2", sealed) },
		"another column": func() ([]byte, error) { return ring.Open("messages.text", "ver_1", sealed) },
		"another key":    func() ([]byte, error) { return newRing(t, 2).Open("verifications.code", "ver_1", sealed) },
		"a changed byte": func() ([]byte, error) { return ring.Open("verifications.code", "ver_1", changed) },
		"nothing":        func() ([]byte, error) { return ring.Open("verifications.code", "ver_1", nil) },
	} {
		if _, err := open(); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s: err = %v, want ErrOpen", name, err)
		}
	}
}

func TestHash_DiffersByUsePartsAndKey(t *testing.T) {
	t.Parallel()
	ring := newRing(t, 1)
	seen := map[string]string{}
	for name, hash := range map[string][]byte{
		"one":         ring.Hash(seal.Code, "ab", "c"),
		"shifted":     ring.Hash(seal.Code, "a", "bc"),
		"joined":      ring.Hash(seal.Code, "abc"),
		"other use":   ring.Hash(seal.Whole, "ab", "c"),
		"other key":   newRing(t, 2).Hash(seal.Code, "ab", "c"),
		"a part more": ring.Hash(seal.Code, "ab", "c", ""),
	} {
		if other, twice := seen[string(hash)]; twice {
			t.Errorf("%q and %q have the same hash", name, other)
		}
		seen[string(hash)] = name
	}
	if !bytes.Equal(ring.Hash(seal.Code, "ab", "c"), ring.Hash(seal.Code, "ab", "c")) {
		t.Error("the hash is not stable")
	}
}

func TestNumber_OpensAgainAndIsFoundByItsParts(t *testing.T) {
	t.Parallel()
	ring := newRing(t, 1)
	n, err := phone.Parse("010-1234-5678")
	if err != nil {
		t.Fatal(err)
	}
	kept := ring.Number("users", "usr_1", n)
	got, err := ring.OpenNumber("users", "usr_1", kept.Sealed)
	if err != nil || got != n {
		t.Fatalf("OpenNumber = %v, %v", got, err)
	}
	other, err := phone.Parse("010-1234-9999")
	if err != nil {
		t.Fatal(err)
	}
	near := ring.Number("users", "usr_2", other)
	if !bytes.Equal(kept.Prefix, near.Prefix) || bytes.Equal(kept.Tail, near.Tail) || bytes.Equal(kept.Whole, near.Whole) {
		t.Error("numbers that share their first seven digits alone must share that hash alone")
	}
}

// TestDropKeys_KeepsTheHashesOfUsesThatAreNewerThanTheFile begins with a file
// that was rotated before there were recovery codes.
func TestDropKeys_KeepsTheHashesOfUsesThatAreNewerThanTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.key")
	made, err := seal.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := seal.AddKey(path, 2); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	older := regexp.MustCompile(`(?m)^hash recovery .*\n`).ReplaceAll(text, nil)
	if len(older) == len(text) {
		t.Fatal("the file has no line for recovery codes")
	}
	if err := os.WriteFile(path, older, 0o600); err != nil {
		t.Fatal(err)
	}
	if dropped, err := seal.DropKeys(path, 2); err != nil || !dropped {
		t.Fatalf("dropped %v (%v)", dropped, err)
	}
	loaded, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(loaded.Hash(seal.Recovery, "x"), made.Hash(seal.Recovery, "x")) {
		t.Error("recovery codes are not found any more")
	}
}

func TestFile_IsMadeOncePrivateAndLoadsTheSameKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.key")
	if _, err := seal.Load(path); !errors.Is(err, seal.ErrNoKey) {
		t.Fatalf("Load without a file: %v, want ErrNoKey", err)
	}
	made, err := seal.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if made.Keys()[0] != loaded.Keys()[0] {
		t.Error("the loaded key is not the one made")
	}
	if _, err := seal.Create(path); err == nil {
		t.Error("a key file was replaced")
	}
	if err := os.Chmod(path, 0o644); err != nil { // #nosec G302 -- the point of the test
		t.Fatal(err)
	}
	if _, err := seal.Load(path); err == nil {
		t.Error("a key file that others may read was accepted")
	}
}
