package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/coolsms"
)

// webhook checks that the provider reports to this installation, after having
// told it to when that was asked for.
func (d *doctor) webhook(ctx context.Context) finding {
	secret := d.settings.CoolSMS.WebhookSecret.Reveal()
	address := d.settings.PublicURL.String() + webhookPath
	switch {
	case secret == "":
		return failed("coolsms.webhook_secret is not set", remedy{
			"without a secret no report is taken", "set it to a long random text, such as openssl rand -hex 32 prints",
		})
	case !d.provider.works:
		return skipped("needs the key (check 8)")
	case d.register && d.settings.PublicURL.Scheme != "https":
		return failed(address+" is not https", remedy{
			"the provider sends the secret with each report, in clear", "set public_url to the https address of this installation",
		})
	}
	hook, err := d.findWebhook(ctx, address)
	if err != nil {
		return failed(err.Error(), remedyOf(err))
	}
	hash := coolsms.SecretHash(secret)
	fits := hook != nil && hook.SecretHash == hash && hook.Status == "ACTIVE"
	if d.register && !fits {
		did, err := d.putWebhook(ctx, hook, address, secret)
		if err != nil {
			return failed(err.Error(), remedyOf(err))
		}
		return fine(did)
	}
	cure := "sinpyo doctor --register-webhook"
	switch {
	case hook == nil:
		return warned("the provider does not report to "+address, remedy{"it was never told to; reports are asked for meanwhile", cure})
	case hook.SecretHash != hash:
		return warned("the provider reports with another secret", remedy{"coolsms.webhook_secret has changed; reports are asked for meanwhile", cure})
	case !fits:
		return warned(fmt.Sprintf("the provider has switched it off (%s) after %d failures", hook.Status, hook.FailCount),
			remedy{"its calls were not answered; reports are asked for meanwhile", "see that " + address + " can be reached, then " + cure})
	}
	return fine("the provider reports to " + address)
}

// findWebhook returns the webhook for single reports at an address, or nil.
func (d *doctor) findWebhook(ctx context.Context, address string) (*coolsms.Webhook, error) {
	for hook, err := range d.provider.client.Webhooks.All(ctx, coolsms.ListWebhooksParams{EventID: coolsms.EventSingleReport}) {
		if err != nil {
			return nil, err
		}
		if strings.TrimSuffix(hook.URL, "/") == address {
			return hook, nil
		}
	}
	return nil, nil
}

// putWebhook makes the webhook, or mends the one there is, and tells which.
func (d *doctor) putWebhook(ctx context.Context, hook *coolsms.Webhook, address, secret string) (did string, err error) {
	p := coolsms.WebhookParams{EventID: coolsms.EventSingleReport, URL: address, Secret: secret, Name: "sinpyo"}
	if hook == nil {
		_, err = d.provider.client.Webhooks.Create(ctx, p)
		return "registered: the provider reports to " + address, err
	}
	p.Status = "ACTIVE"
	_, err = d.provider.client.Webhooks.Update(ctx, hook.WebhookID, p)
	return "mended: the provider reports to " + address, err
}
