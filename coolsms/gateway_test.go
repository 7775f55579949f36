package coolsms_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/sandbox"
)

// gateway is the emulated provider on a clock that only the test moves, and a
// client that speaks to it without a socket.
type gateway struct {
	*sandbox.Sandbox
	*coolsms.Client
	mu   sync.Mutex
	time time.Time
}

func newGateway(t *testing.T, opts ...sandbox.Option) *gateway {
	t.Helper()
	g := &gateway{time: begin}
	g.Sandbox = sandbox.New(append([]sandbox.Option{
		sandbox.WithKey(testKey, testSecret), sandbox.WithSender("0215770000", begin.AddDate(0, 1, 0)), sandbox.WithClock(g.now),
	}, opts...)...)
	t.Cleanup(g.Close)
	g.Client = coolsms.New(testKey, testSecret, coolsms.WithRetry(0), coolsms.WithClock(g.now), coolsms.WithHTTPClient(&http.Client{Transport: g.Sandbox}))
	return g
}

func (g *gateway) now() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.time
}

// pass moves the clock on and lets happen what has come due.
func (g *gateway) pass(d time.Duration) {
	g.mu.Lock()
	g.time = g.time.Add(d)
	g.mu.Unlock()
	g.Settle()
}

func TestGateway_SendsOne(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	sent, err := g.Messages.Send(t.Context(), coolsms.SendParams{Message: oneText})
	if err != nil || sent.Type != coolsms.SMS {
		t.Fatalf("got %+v, %v", sent, err)
	}
	g.pass(time.Minute)
	page, err := g.Messages.List(t.Context(), coolsms.ListParams{MessageIDs: []string{sent.MessageID}})
	if err != nil || len(page.Messages) != 1 {
		t.Fatalf("got %+v, %v", page, err)
	}
	if m := page.Messages[0]; m.StatusCode != coolsms.StatusDelivered || m.Text != oneText.Text || m.GroupID != sent.GroupID || m.DateReceived == nil {
		t.Errorf("got %+v", m)
	}
	if texts := g.Handset(oneText.To); len(texts) != 1 {
		t.Errorf("the phone has %d texts", len(texts))
	}
}

func TestGateway_RefusesAnUnregisteredSender(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	m := oneText
	m.From = "0299990000"
	var refused *coolsms.MessageError
	if _, err := g.Messages.Send(t.Context(), coolsms.SendParams{Message: m}); !errors.As(err, &refused) || !errors.Is(err, coolsms.ErrSenderNotRegistered) {
		t.Errorf("one: %v", err)
	}
	all, err := g.Messages.SendManyDetail(t.Context(), coolsms.SendManyDetailParams{Messages: []coolsms.Message{m}})
	if err != nil || !all.AllRefused() || !errors.Is(all.Failed[0].Err(), coolsms.ErrSenderNotRegistered) {
		t.Errorf("many: %+v, %v", all, err)
	}
}

func TestGateway_SendsManyLater(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	sent, err := g.Messages.SendManyDetail(t.Context(), coolsms.SendManyDetailParams{
		Messages: []coolsms.Message{oneText, {To: "01000000002", From: "0215770000", Text: "둘"}, oneText}, ScheduledDate: begin.Add(time.Hour), ShowMessageList: true,
	})
	if err != nil || sent.Group.Status != coolsms.GroupScheduled || len(sent.Failed) != 1 || len(sent.Messages) != 3 || sent.AllRefused() {
		t.Fatalf("got %+v, %v", sent, err)
	}
	if texts := g.Handset(oneText.To); len(texts) != 0 {
		t.Errorf("the phone has %d texts before the time", len(texts))
	}
	g.pass(2 * time.Hour)
	g.pass(time.Minute)
	after, err := g.Groups.Get(t.Context(), sent.Group.GroupID)
	if err != nil || after.Status != coolsms.GroupComplete || after.Count.SentSuccess != 2 {
		t.Errorf("got %+v, %v", after, err)
	}
}

func TestGateway_GroupsAreScheduledCancelledAndListed(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	ctx := t.Context()
	group, err := g.Groups.Create(ctx, coolsms.CreateGroupParams{CustomFields: map[string]string{"batch": "b-1"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Groups.Put(ctx, group.GroupID, []coolsms.Message{oneText}); err != nil {
		t.Fatal(err)
	}
	scheduled, err := g.Groups.Schedule(ctx, group.GroupID, begin.Add(time.Hour))
	if err != nil || scheduled.Status != coolsms.GroupScheduled || scheduled.ScheduledDate == nil || !scheduled.ScheduledDate.Equal(begin.Add(time.Hour)) {
		t.Fatalf("got %+v, %v", scheduled, err)
	}
	if canceled, err := g.Groups.CancelSchedule(ctx, group.GroupID); err != nil || canceled.Status != coolsms.GroupPending {
		t.Errorf("got %+v, %v", canceled, err)
	}
	var refused *coolsms.APIError
	if _, err := g.Groups.Schedule(ctx, group.GroupID, begin.Add(-time.Hour)); !errors.As(err, &refused) || refused.Code != coolsms.InvalidScheduledDate {
		t.Errorf("into the past: %v", err)
	}
	second, err := g.Groups.Create(ctx, coolsms.CreateGroupParams{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for x, err := range g.Groups.All(ctx, coolsms.ListGroupsParams{Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, x.GroupID)
	}
	if len(ids) != 2 || ids[0] != second.GroupID || ids[1] != group.GroupID {
		t.Errorf("listed %v", ids)
	}
	page, err := g.Groups.List(ctx, coolsms.ListGroupsParams{Filters: []coolsms.Filter{{Field: "groupId", Cond: coolsms.Eq, Value: group.GroupID}}})
	if err != nil || len(page.Groups) != 1 || page.Groups[0].CustomFields["batch"] != "b-1" {
		t.Errorf("got %+v, %v", page, err)
	}
}

func TestGateway_RefusesAWrongSecretAndASkewedClock(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	for name, tt := range map[string]struct {
		c    *coolsms.Client
		want coolsms.Action
	}{
		"secret": {coolsms.New(testKey, "WRONG", coolsms.WithRetry(0), coolsms.WithClock(g.now), coolsms.WithHTTPClient(&http.Client{Transport: g.Sandbox})), coolsms.ActionCheckKey},
		"key":    {coolsms.New("NCSUNKNOWN000000", testSecret, coolsms.WithRetry(0), coolsms.WithClock(g.now), coolsms.WithHTTPClient(&http.Client{Transport: g.Sandbox})), coolsms.ActionCheckKey},
		"clock": {coolsms.New(testKey, testSecret, coolsms.WithRetry(0), coolsms.WithHTTPClient(&http.Client{Transport: g.Sandbox}),
			coolsms.WithClock(func() time.Time { return g.now().Add(20 * time.Minute) })), coolsms.ActionSetClock},
	} {
		_, err := tt.c.Cash.Balance(t.Context())
		var refused *coolsms.APIError
		if !errors.As(err, &refused) || !errors.Is(err, coolsms.ErrUnauthorized) || refused.Code.Info().Action != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
