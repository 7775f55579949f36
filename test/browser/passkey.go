package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Authenticator is a passkey device that is part of a tab's browser, as a phone
// is that unlocks by a finger: it keeps discoverable credentials and says yes to
// whatever it is asked while the person is there.
type Authenticator struct {
	tab *Tab
	id  webauthn.AuthenticatorID
}

// Passkeys puts a passkey device into the browser of a tab.
func (t *Tab) Passkeys() (*Authenticator, error) {
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	t.spoiled = true
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		return nil, fmt.Errorf("allowing passkey devices: %w", err)
	}
	made, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("adding a passkey device: %w", err)
	}
	return &Authenticator{tab: t, id: made.AuthenticatorID}, nil
}

// Keys returns how many passkeys the device keeps.
func (a *Authenticator) Keys() (int, error) {
	ctx, cancel := context.WithTimeout(a.tab.Ctx, patience)
	defer cancel()
	kept, err := chromedp.Call(ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.id})
	if err != nil {
		return 0, fmt.Errorf("asking a passkey device: %w", err)
	}
	return len(kept.Credentials), nil
}

// Recognise says whether the device knows the finger on it from now on.
func (a *Authenticator) Recognise(person bool) error {
	ctx, cancel := context.WithTimeout(a.tab.Ctx, patience)
	defer cancel()
	_, err := chromedp.Call(ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: a.id, IsUserVerified: person})
	return err
}
