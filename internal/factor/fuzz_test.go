package factor_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// FuzzPasskey answers for a browser with anything at all: it signs nobody in and
// adds no passkey, and it is a refusal, not an error of ours.
func FuzzPasskey(f *testing.F) {
	w := newWorld(f)
	a := factortest.New(origin)
	w.register(me, a)
	options, ceremony, err := w.BeginSignIn()
	if err != nil {
		f.Fatal(err)
	}
	right := a.Get(f, options)
	creating, _, err := w.BeginRegister(f.Context(), other, "")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{
		right, factortest.New(origin).Create(f, creating), {}, []byte(`{}`), []byte(`{"id":"","rawId":"","type":"public-key","response":{}}`),
		[]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA","authenticatorData":"AA","signature":""}}`),
		[]byte("\xff"),
	} {
		f.Add(seed, ceremony)
		f.Add(seed, "")
	}
	refused := func(err error) bool { return err != nil && fault.As(err) != nil }
	f.Fuzz(func(t *testing.T, response []byte, ceremony string) {
		// The member's own answer signs the member in, and is the only one that does.
		switch got, err := w.FinishSignIn(t.Context(), ceremony, response); {
		case got == me && err == nil && string(response) == string(right):
		case got != "" || !refused(err):
			t.Errorf("%q signs in %q: %v", response, got, err)
		}
		if _, err := w.FinishRegister(t.Context(), other, ceremony, response, "x"); !refused(err) {
			t.Errorf("%q was added: %v", response, err)
		}
		if err := w.FinishProof(t.Context(), me, ceremony, response); !refused(err) {
			t.Errorf("%q is a proof: %v", response, err)
		}
	})
}
