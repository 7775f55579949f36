package coolsms_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/sandbox"
)

func TestGateway_MoneyAndCounts(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	ctx := t.Context()
	prices, err := g.Pricing.Messaging(ctx, "82")
	if err != nil || len(prices) != 1 {
		t.Fatalf("got %+v, %v", prices, err)
	}
	won, ok := prices[0].Of(coolsms.SMS)
	if !ok || won <= 0 {
		t.Errorf("an SMS costs %v, %t", won, ok)
	}
	before, err := g.Cash.Balance(ctx)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := g.Messages.Send(ctx, coolsms.SendParams{Message: oneText})
	if err != nil {
		t.Fatal(err)
	}
	g.pass(time.Minute)
	if after, err := g.Cash.Balance(ctx); err != nil || before.Usable()-after.Usable() != won {
		t.Errorf("from %v to %+v won, %v", before.Usable(), after, err)
	}
	changes, err := g.Cash.History(ctx, coolsms.BalanceHistoryParams{GroupID: sent.GroupID})
	if err != nil || len(changes) != 1 || changes[0].BalanceAmount+changes[0].PointAmount != -won {
		t.Errorf("got %+v, %v", changes, err)
	}
	for name, count := range map[string]func(context.Context, coolsms.StatisticsParams) (*coolsms.Statistics, error){
		"monthly": g.Messages.Statistics, "daily": g.Messages.DailyStatistics,
	} {
		if s, err := count(ctx, coolsms.StatisticsParams{}); err != nil || s.Total.Types[coolsms.SMS] != 1 || s.Succeeded.Total != 1 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestGateway_ASenderNumberFromRegistrationToTheEnd(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	ctx := t.Context()
	const number = "0233334444"
	status := func() coolsms.SenderStatus {
		page, err := g.SenderNumbers.List(ctx, coolsms.ListSenderNumbersParams{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Numbers {
			if n.PhoneNumber == number {
				return n.Status
			}
		}
		return ""
	}
	if _, err := g.SenderNumbers.Register(ctx, coolsms.RegisterSenderParams{PhoneNumber: number}); err != nil || status() != coolsms.SenderPending {
		t.Fatalf("registered: %s, %v", status(), err)
	}
	rings, err := g.SenderNumbers.Authenticate(ctx, number, coolsms.SenderFactor{})
	if err != nil || rings.TransactionID == "" {
		t.Fatalf("got %+v, %v", rings, err)
	}
	if _, err := g.SenderNumbers.Authenticate(ctx, number, coolsms.SenderFactor{TransactionID: rings.TransactionID, Token: "0000"}); err != nil || status() != coolsms.SenderActive {
		t.Errorf("proved: %s, %v", status(), err)
	}
	if _, err := g.SenderNumbers.SetStatus(ctx, number, coolsms.SenderInactive); err != nil || status() != coolsms.SenderInactive {
		t.Errorf("switched off: %s, %v", status(), err)
	}
	if _, err := g.SenderNumbers.Delete(ctx, number); err != nil || status() != "" {
		t.Errorf("deleted: %s, %v", status(), err)
	}
}

func TestGateway_AFileBecomesAnMMS(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	ctx := t.Context()
	jpeg := append([]byte{0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 'J', 'F', 'I', 'F', 0, 1, 1}, make([]byte, 100)...)
	file, err := g.Files.Upload(ctx, coolsms.UploadFileParams{Data: jpeg, Name: "map.jpg", Type: coolsms.FileMMS})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := g.Files.Get(ctx, file.FileID); err != nil || got.Name != "map.jpg" {
		t.Errorf("got %+v, %v", got, err)
	}
	m := oneText
	m.ImageID = file.FileID
	if sent, err := g.Messages.Send(ctx, coolsms.SendParams{Message: m}); err != nil || sent.Type != coolsms.MMS {
		t.Errorf("got %+v, %v", sent, err)
	}
	if err := g.Files.Delete(ctx, file.FileID); err != nil {
		t.Error(err)
	}
	if _, err := g.Files.Get(ctx, file.FileID); !errors.Is(err, coolsms.ErrNotFound) {
		t.Errorf("after it was deleted: %v", err)
	}
	for f, err := range g.Files.All(ctx) {
		t.Errorf("there is %+v, %v", f, err)
	}
}

func TestGateway_ATemplateIsDraftedAndInspected(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	ctx := t.Context()
	channels, err := g.KakaoChannels.List(ctx, coolsms.ListKakaoChannelsParams{})
	if err != nil || len(channels.Items) == 0 {
		t.Fatalf("got %+v, %v", channels, err)
	}
	id := channels.Items[0].ChannelID
	draft, err := g.KakaoTemplates.Create(ctx, coolsms.KakaoTemplateParams{ChannelID: id, Name: "code", Content: "#{code} 인증번호", CategoryCode: "001001"})
	if err != nil || draft.Status != coolsms.TemplatePending {
		t.Fatalf("got %+v, %v", draft, err)
	}
	if got, err := g.KakaoTemplates.Inspect(ctx, draft.TemplateID); err != nil || got.Status != coolsms.TemplateInspecting {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := g.KakaoTemplates.CancelInspection(ctx, draft.TemplateID); err != nil || got.Status != coolsms.TemplatePending {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := g.KakaoTemplates.Rename(ctx, draft.TemplateID, "renamed"); err != nil || got.Name != "renamed" {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := g.KakaoTemplates.Delete(ctx, draft.TemplateID); err != nil {
		t.Error(err)
	}
}

func TestGateway_KnowsTheAccount(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	ctx := t.Context()
	if q, err := g.Account.Quota(ctx); err != nil || q.Quota <= 0 {
		t.Errorf("got %+v, %v", q, err)
	}
	if m, err := g.Account.Member(ctx); err != nil || m.MemberID == "" || m.Status != "ACTIVE" {
		t.Errorf("got %+v, %v", m, err)
	}
	if p, err := g.Blocks.Blacks(ctx, coolsms.ListBlacksParams{}); err != nil || len(p.Items) != 0 {
		t.Errorf("got %+v, %v", p, err)
	}
	if p, err := g.Blocks.Groups(ctx, coolsms.ListBlockGroupsParams{}); err != nil || len(p.Items) != 0 {
		t.Errorf("got %+v, %v", p, err)
	}
	if p, err := g.Blocks.Numbers(ctx, coolsms.ListBlockNumbersParams{}); err != nil || len(p.Items) != 0 {
		t.Errorf("got %+v, %v", p, err)
	}
}

// TestGateway_ReportsReachTheReceiver over real sockets and in real time.
func TestGateway_ReportsReachTheReceiver(t *testing.T) {
	t.Parallel()
	sb := sandbox.New(sandbox.WithKey(testKey, testSecret))
	t.Cleanup(sb.Close)
	c := coolsms.New(testKey, testSecret, coolsms.WithHTTPClient(&http.Client{Transport: sb}))
	reports := make(chan coolsms.WebhookItem, 8)
	srv := httptest.NewServer(coolsms.WebhookHandler(hookSecret, func(_ context.Context, d *coolsms.WebhookDelivery) error {
		for _, item := range d.Items {
			reports <- item
		}
		return nil
	}))
	t.Cleanup(srv.Close)
	hook, err := c.Webhooks.Create(t.Context(), coolsms.WebhookParams{EventID: coolsms.EventSingleReport, URL: srv.URL, Secret: hookSecret})
	if err != nil || hook.SecretHash != coolsms.SecretHash(hookSecret) {
		t.Fatalf("got %+v, %v", hook, err)
	}
	sent, err := c.Messages.Send(t.Context(), coolsms.SendParams{Message: oneText})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case item := <-reports:
		if item.Report == nil || item.Report.MessageID != sent.MessageID || item.Report.StatusCode != coolsms.StatusDelivered {
			t.Errorf("got %+v", item)
		}
	case <-t.Context().Done():
		t.Error("no report came")
	}
	if err := c.Webhooks.Delete(t.Context(), hook.WebhookID); err != nil {
		t.Error(err)
	}
}
