package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/doctor"
)

// webhook checks that the provider reports to this installation, after having
// told it to when that was asked for.
func (d *examiner) webhook(ctx context.Context) doctor.Finding {
	secret := d.settings.CoolSMS.WebhookSecret.Reveal()
	address := d.settings.PublicURL.String() + webhookPath
	switch {
	case secret == "":
		return doctor.Fail(doctor.Detail("coolsms.webhook_secret is not set", "coolsms.webhook_secret을 정하지 않음"), doctor.Cure(
			"without a secret no report is taken", "set it to a long random text, such as openssl rand -hex 32 prints",
			"비밀값이 없으면 보고를 받지 않아요", "긴 무작위 글로 정하세요. 예: openssl rand -hex 32",
		))
	case !d.provider.works:
		return doctor.Needs("the key", "키가", 8)
	case d.register && d.settings.PublicURL.Scheme != "https":
		return doctor.Fail(doctor.Detail(address+" is not https", address+" https가 아님"), doctor.Cure(
			"the provider sends the secret with each report, in clear", "set public_url to the https address of this installation",
			"CoolSMS는 보고마다 비밀값을 그대로 보내요", "public_url을 이 설치의 https 주소로 정하세요",
		))
	}
	hook, err := d.findWebhook(ctx, address)
	if err != nil {
		return doctor.FailedCall(err)
	}
	hash := coolsms.SecretHash(secret)
	fits := hook != nil && hook.SecretHash == hash && hook.Status == "ACTIVE"
	if d.register && !fits {
		did, err := d.putWebhook(ctx, hook, address, secret)
		if err != nil {
			return doctor.FailedCall(err)
		}
		return doctor.Fine(doctor.Plain(did))
	}
	cure := "sinpyo doctor --register-webhook"
	switch {
	case hook == nil:
		return doctor.Warn(doctor.Detail("the provider does not report to "+address, "CoolSMS가 "+address+" 주소로 보고하지 않음"), doctor.Cure(
			"it was never told to; reports are asked for meanwhile", cure, "알려 준 적이 없어요. 그동안은 물어서 알아내요", cure))
	case hook.SecretHash != hash:
		return doctor.Warn(doctor.Detail("the provider reports with another secret", "CoolSMS가 다른 비밀값으로 보고함"), doctor.Cure(
			"coolsms.webhook_secret has changed; reports are asked for meanwhile", cure, "coolsms.webhook_secret이 바뀌었어요. 그동안은 물어서 알아내요", cure))
	case !fits:
		return doctor.Warn(doctor.Detail(
			fmt.Sprintf("the provider has switched it off (%s) after %d failures", hook.Status, hook.FailCount),
			fmt.Sprintf("CoolSMS가 %d번 실패한 뒤 껐음(%s)", hook.FailCount, hook.Status),
		), doctor.Cure(
			"its calls were not answered; reports are asked for meanwhile", "see that "+address+" can be reached, then "+cure,
			"보고를 받지 못했어요. 그동안은 물어서 알아내요", address+"에 닿는지 보고, "+cure))
	}
	return doctor.Fine(doctor.Detail("the provider reports to "+address, "CoolSMS가 "+address+" 주소로 보고함"))
}

// findWebhook returns the webhook for single reports at an address, or nil.
func (d *examiner) findWebhook(ctx context.Context, address string) (*coolsms.Webhook, error) {
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
func (d *examiner) putWebhook(ctx context.Context, hook *coolsms.Webhook, address, secret string) (did string, err error) {
	p := coolsms.WebhookParams{EventID: coolsms.EventSingleReport, URL: address, Secret: secret, Name: "sinpyo"}
	if hook == nil {
		_, err = d.provider.client.Webhooks.Create(ctx, p)
		return "registered: the provider reports to " + address, err
	}
	p.Status = "ACTIVE"
	_, err = d.provider.client.Webhooks.Update(ctx, hook.WebhookID, p)
	return "mended: the provider reports to " + address, err
}
