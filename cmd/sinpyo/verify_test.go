package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerify_ByHand starts a verification through a running server and checks a
// wrong code and the right one, all from what is typed.
func TestVerify_ByHand(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	p := start(t, dir)
	address := strings.TrimPrefix(p.site(""), "http://")
	flags := func() settingsFlags {
		return settingsFlags{DataDir: dir, Set: map[string]string{"listen": strings.Replace(address, "localhost", "127.0.0.1", 1)}}
	}
	typed := func(text string, do interface{ Run(*shell) error }) (string, error) {
		var out, said bytes.Buffer
		err := do.Run(&shell{ctx: t.Context(), in: strings.NewReader(text), out: &out, err: &said})
		return out.String(), err
	}

	if out, err := typed("n\n", &verifyStart{settingsFlags: flags(), To: "010-3333-4444", Purpose: "api"}); err == nil {
		t.Errorf("without a yes: %s", out)
	}
	if _, err := typed("", &verifyStart{settingsFlags: flags(), To: "02-123-4567", Purpose: "api", Yes: true}); err == nil {
		t.Error("a landline number was taken")
	}
	out, err := typed("010-3333-4444\n", &verifyStart{settingsFlags: flags(), To: "-", Purpose: "api", Yes: true, JSON: true})
	var v begunVerification
	if err != nil || json.Unmarshal([]byte(out), &v) != nil || v.Status != "pending" {
		t.Fatalf("%v: %s", err, out)
	}
	code := p.code("01033334444")
	wrong := string('0'+(code[0]-'0'+1)%10) + code[1:]
	if out, err := typed(wrong+"\n", &verifyCheck{settingsFlags: flags(), ID: v.ID}); err == nil || !strings.Contains(err.Error(), "4 attempts left") {
		t.Errorf("a wrong code: %v, %s", err, out)
	}
	if out, err := typed(code+"\n", &verifyCheck{settingsFlags: flags(), ID: v.ID}); err != nil || out != "approved\n" {
		t.Errorf("the right code: %v, %s", err, out)
	}
	if _, err := typed(code+"\n", &verifyCheck{settingsFlags: flags(), ID: "ver_none"}); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("of no verification: %v", err)
	}
	if _, err := typed("", &verifyCheck{settingsFlags: flags(), ID: v.ID}); err == nil {
		t.Error("without a code it went on")
	}

	// No key is left that works.
	listed := does(t, 0, "sinpyo verify", "keys", "list", "--data-dir", dir, "--json")
	var keys []listedKey
	if err := json.Unmarshal([]byte(listed), &keys); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.Name == "sinpyo verify" && k.RevokedAt == "" {
			t.Errorf("the key %s still works", k.ID)
		}
	}
	p.stop()
	if _, err := typed("", &verifyStart{settingsFlags: flags(), To: "010-3333-4444", Purpose: "api", Yes: true}); err == nil || !strings.Contains(err.Error(), "is sinpyo serve running?") {
		t.Errorf("without a server: %v", err)
	}
}
