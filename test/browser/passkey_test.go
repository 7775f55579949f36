package browser_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/internal/pages/pagestest"
	"github.com/sinpyo/sinpyo/test/browser"
)

// create and ask are what a page with passkeys does, without one.
const (
	create = `navigator.credentials.create({publicKey: {
		challenge: new Uint8Array(32), rp: {id: "localhost", name: "x"}, user: {id: new Uint8Array(16), name: "x", displayName: "x"},
		pubKeyCredParams: [{type: "public-key", alg: -7}, {type: "public-key", alg: -257}],
		authenticatorSelection: {residentKey: "required", userVerification: "required"},
	}}).then((c) => c.type, (e) => e.name)`
	ask = `navigator.credentials.get({publicKey: {challenge: new Uint8Array(32), rpId: "localhost", userVerification: "required"}})
		.then((c) => c.type, (e) => e.name)`
)

// TestPasskeys_WorkInTheBrowserOfTheTests makes a passkey on a page of ours, whose
// policy allows what that takes, and signs with it; a finger that is not
// recognised signs nothing.
func TestPasskeys_WorkInTheBrowserOfTheTests(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844})
	p.signup = pagestest.New(t, pagestest.Options{}).URL + "/signup"
	device, err := p.tab.Passkeys()
	p.must(err)
	p.must(p.tab.Go(p.signup))
	for _, step := range []struct {
		recognised bool
		act        string
		want       string
		kept       int
	}{
		{true, create, "public-key", 1}, {true, ask, "public-key", 1}, {false, ask, "NotAllowedError", 1}, {true, ask, "public-key", 1},
	} {
		p.must(device.Recognise(step.recognised))
		got, err := browser.Eval[string](p.tab, step.act)
		p.must(err)
		kept, err := device.Keys()
		p.must(err)
		if got != step.want || kept != step.kept {
			t.Errorf("recognised %t: %q with %d passkeys kept, want %q with %d", step.recognised, got, kept, step.want, step.kept)
		}
	}
}
