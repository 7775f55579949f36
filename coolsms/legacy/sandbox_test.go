package legacy_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms/legacy"
	"github.com/sinpyo/sinpyo/sandbox"
)

const sender = "0215770000"

// gateway starts an emulated account on a clock of its own, which pass moves on.
func gateway(t *testing.T, opts ...legacy.Option) (c *legacy.Client, sb *sandbox.Sandbox, pass func(time.Duration)) {
	t.Helper()
	var mu sync.Mutex
	at := testNow
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
	sb = sandbox.New(sandbox.WithKey(testKey, testSecret), sandbox.WithSender(sender, time.Time{}), sandbox.WithClock(now))
	t.Cleanup(sb.Close)
	opts = append([]legacy.Option{legacy.WithHTTPClient(&http.Client{Transport: sb}), legacy.WithClock(now), legacy.WithRetry(0)}, opts...)
	return legacy.New(testKey, testSecret, opts...), sb, func(d time.Duration) {
		mu.Lock()
		at = at.Add(d)
		mu.Unlock()
		sb.Settle()
	}
}

// must returns what a call returned; it wants no error.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSandbox_TextFromSendToReport walks the way of one text, signed in each of
// the ways there are.
func TestSandbox_TextFromSendToReport(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []legacy.Algorithm{legacy.MD5, legacy.SHA1} {
		for _, encoding := range []legacy.Encoding{legacy.Hex, legacy.Base64} {
			c, sb, pass := gateway(t, legacy.WithAlgorithm(algorithm), legacy.WithEncoding(encoding))
			before := must(c.Cash.Balance(t.Context()))(t)
			sent := must(c.Messages.Send(t.Context(), legacy.SendParams{Message: legacy.Message{
				To: []string{"01000000001", "01000000002"}, From: sender, Text: "[예시] 인증번호 482913",
			}}))(t)
			if err := sent.Err(); err != nil || sent.Success != 2 {
				t.Fatalf("%+v, %v", sent, err)
			}
			for i, want := range []legacy.Class{legacy.ClassPending, legacy.ClassDelivered} {
				pass(time.Duration(i) * time.Minute)
				n := 0
				for m, err := range c.Messages.AllSent(t.Context(), legacy.SentParams{GroupID: sent.GroupID, Limit: 1}) {
					if err != nil || m.Class() != want || m.Text != "[예시] 인증번호 482913" || m.Type != legacy.SMS || !m.Accepted.Equal(testNow) {
						t.Fatalf("%+v, %v, want it %s", m, err, want)
					}
					n++
				}
				if n != 2 {
					t.Errorf("%d messages", n)
				}
			}
			if after := must(c.Cash.Balance(t.Context()))(t); before.Usable()-after.Usable() != 40 || len(sb.Handset("01000000001")) != 1 {
				t.Errorf("%+v, then %+v", before, after)
			}
		}
	}
}

func TestSandbox_Refusals(t *testing.T) {
	t.Parallel()
	c, sb, _ := gateway(t)
	sent := must(c.Messages.Send(t.Context(), legacy.SendParams{Message: legacy.Message{To: []string{"01000000001"}, From: "0299990000", Text: "x"}}))(t)
	if err := sent.Err(); sent.Failed != 1 || !errors.Is(err, legacy.ErrSenderNotRegistered) {
		t.Errorf("%+v, %v", sent, err)
	}
	page := must(c.Messages.Sent(t.Context(), legacy.SentParams{GroupID: sent.GroupID}))(t)
	if m := page.Messages[0]; m.Class() != legacy.ClassRejected {
		t.Errorf("%+v", m)
	}
	many := make([]string, 1001)
	for i := range many {
		many[i] = "01000000001"
	}
	for want, err := range map[error]error{
		legacy.ErrUnauthorized: second(legacy.New(testKey, "OTHER", legacy.WithHTTPClient(&http.Client{Transport: sb})).Cash.Balance(t.Context())),
		legacy.ErrTooLarge:     second(c.Messages.Send(t.Context(), legacy.SendParams{Message: legacy.Message{To: many, From: sender, Text: "x"}})),
		legacy.ErrNotFound:     second(c.Messages.Sent(t.Context(), legacy.SentParams{MessageID: "MIDNONE"})),
	} {
		if !errors.Is(err, want) || legacy.IsAmbiguous(err) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestSandbox_ScheduleAndCancel(t *testing.T) {
	t.Parallel()
	c, sb, pass := gateway(t)
	for name, cancel := range map[string]func(groupID string) error{
		"v2": func(id string) error {
			return second(c.Messages.Cancel(t.Context(), legacy.CancelParams{GroupID: id}))
		},
		"v1": func(id string) error {
			return second(c.V1.Cancel(t.Context(), legacy.CancelParams{GroupID: id}))
		},
	} {
		at := testNow.Add(24 * time.Hour)
		sent := must(c.Messages.Send(t.Context(), legacy.SendParams{Message: legacy.Message{To: []string{"01000000001"}, From: sender, Text: "x", At: at}}))(t)
		waiting := must(c.Messages.Sent(t.Context(), legacy.SentParams{GroupID: sent.GroupID}))(t).Messages[0]
		if waiting.Class() != legacy.ClassPending || waiting.Scheduled == nil || !waiting.Scheduled.Equal(at) {
			t.Errorf("%s: %+v", name, waiting)
		}
		if err := cancel(sent.GroupID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		canceled := must(c.Messages.Sent(t.Context(), legacy.SentParams{MessageID: waiting.MessageID}))(t).Messages[0]
		if canceled.Class() != legacy.ClassUndelivered || canceled.ResultCode != "60" {
			t.Errorf("%s: %+v", name, canceled)
		}
		if err := cancel(sent.GroupID); !errors.Is(err, legacy.ErrNotFound) {
			t.Errorf("%s, a second time: %v", name, err)
		}
	}
	pass(48 * time.Hour)
	if n := len(sb.Handset("01000000001")); n != 0 {
		t.Errorf("%d texts came", n)
	}
}

func TestSandbox_Groups(t *testing.T) {
	t.Parallel()
	c, sb, pass := gateway(t)
	ctx := t.Context()
	id := must(c.Groups.Create(ctx, legacy.GroupOptions{}))(t)
	other := must(c.Groups.Create(ctx, legacy.GroupOptions{}))(t)
	if all := must(c.Groups.List(ctx))(t); !slices.Contains(all, id) || len(all) != 2 {
		t.Errorf("groups %v", all)
	}
	if n := must(c.Groups.Delete(ctx, other, "GIDNONE"))(t); n.Success != 1 || n.Failed != 1 || len(n.Errors) != 1 || n.Errors[0].Index != 1 {
		t.Errorf("%+v", n)
	}

	imageID := must(c.Images.Upload(ctx, picture(t)))(t)
	added := must(c.Groups.AddMany(ctx, id, []legacy.Message{
		{To: []string{"01000000001"}, From: sender, Text: "첫 번째"},
		{To: []string{"01000000002"}, From: "0299990000", Text: "두 번째"},
		{To: []string{"01000000003", "01000000004"}, From: sender, Text: "약도", Type: legacy.MMS, ImageID: imageID},
	}))(t)
	if len(added) != 3 || added[0].Success != 1 || !errors.Is(added[1].Err(), legacy.ErrSenderNotRegistered) || added[2].Success != 2 {
		t.Errorf("%+v", added)
	}
	if n := must(c.Groups.Add(ctx, id, legacy.Message{To: []string{"01000000005"}, From: sender, Text: "x"}))(t); n.Success != 1 {
		t.Errorf("%+v", n)
	}

	var ids []string
	for id, err := range c.Groups.AllMessages(ctx, id, legacy.PageParams{Limit: 2}) {
		ids = append(ids, must(id, err)(t))
	}
	if g := must(c.Groups.Get(ctx, id))(t); g.MessageCount != len(ids) || len(ids) != 5 {
		t.Errorf("%+v, messages %v", g, ids)
	}
	if n := must(c.Groups.DeleteMessages(ctx, id, ids[0]))(t); n.Success != 1 {
		t.Errorf("%+v", n)
	}
	if err := c.Groups.Send(ctx, id); err != nil {
		t.Fatal(err)
	}
	pass(time.Minute)
	for number, want := range map[string]int{"01000000001": 0, "01000000003": 1, "01000000005": 1} {
		if n := len(sb.Handset(number)); n != want {
			t.Errorf("%s got %d texts, want %d", number, n, want)
		}
	}
	if err := c.Groups.Send(ctx, id); err == nil || legacy.IsAmbiguous(err) {
		t.Errorf("a second send: %v", err)
	}
}

func TestSandbox_Images(t *testing.T) {
	t.Parallel()
	c, _, _ := gateway(t)
	ctx := t.Context()
	id := must(c.Images.Upload(ctx, picture(t)))(t)
	if i := must(c.Images.Get(ctx, id))(t); i.Width != 4 || i.Height != 3 || i.FileSize != len(picture(t)) || i.OriginalName != "image.png" {
		t.Errorf("%+v", i)
	}
	if all := must(c.Images.List(ctx, legacy.PageParams{}))(t); all.Total != 1 || all.IDs[0] != id {
		t.Errorf("%+v", all)
	}
	if n := must(c.Images.Delete(ctx, id))(t); n.Success != 1 {
		t.Errorf("%+v", n)
	}
	if _, err := c.Images.Get(ctx, id); !errors.Is(err, legacy.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	var refused *legacy.APIError
	if _, err := c.Images.Upload(ctx, []byte("no picture")); !errors.As(err, &refused) || refused.Code != legacy.ImageTypeNotSupported {
		t.Errorf("got %v", err)
	}
	mms := legacy.SendParams{Message: legacy.Message{To: []string{"01000000001"}, From: sender, Text: "x", Type: legacy.MMS}}
	if _, err := c.Messages.Send(ctx, mms); !errors.As(err, &refused) || refused.Code != legacy.NoImageInput {
		t.Errorf("got %v", err)
	}
	mms.Image = picture(t)
	if r := must(c.Messages.Send(ctx, mms))(t); r.Err() != nil {
		t.Errorf("%+v", r)
	}
}

func TestSandbox_SenderNumbers(t *testing.T) {
	t.Parallel()
	c, _, _ := gateway(t)
	ctx := t.Context()
	const number = "0212345678"
	if _, err := c.SenderNumbers.Default(ctx); !errors.Is(err, legacy.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	r := must(c.SenderNumbers.Register(ctx, legacy.RegisterParams{Phone: number}))(t)
	for _, step := range []func() error{
		func() error { return c.SenderNumbers.Verify(ctx, r.HandleKey) },
		func() error { return c.SenderNumbers.SetDefault(ctx, r.HandleKey) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if n := must(c.SenderNumbers.Default(ctx))(t); n.PhoneNumber != number || n.HandleKey != r.HandleKey || !n.Default || n.Registered == nil {
		t.Errorf("%+v", n)
	}
	if all := must(c.SenderNumbers.List(ctx))(t); len(all) != 2 {
		t.Errorf("%+v", all)
	}
	sent := must(c.Messages.Send(ctx, legacy.SendParams{Message: legacy.Message{To: []string{"01000000001"}, From: number, Text: "x"}}))(t)
	if err := sent.Err(); err != nil {
		t.Error(err)
	}
	if err := c.SenderNumbers.Delete(ctx, r.HandleKey); err != nil {
		t.Error(err)
	}
	if all := must(c.SenderNumbers.List(ctx))(t); len(all) != 1 || all[0].PhoneNumber != sender {
		t.Errorf("%+v", all)
	}
}

func TestSandbox_V1(t *testing.T) {
	t.Parallel()
	c, sb, pass := gateway(t)
	ctx := t.Context()
	sent := must(c.V1.Send(ctx, legacy.V1SendParams{
		SendParams: legacy.SendParams{Message: legacy.Message{To: []string{"01000000001"}, From: sender, Text: "첫 번째"}},
		Extension:  []legacy.Message{{To: []string{"01000000002"}, Text: "두 번째"}, {To: []string{"01000000003"}}},
	}))(t)
	if err := sent.Err(); err != nil || sent.Success != 3 {
		t.Fatalf("%+v, %v", sent, err)
	}
	pass(time.Minute)
	texts := map[string]string{}
	for m, err := range c.V1.AllSent(ctx, legacy.V1SentParams{GroupID: sent.GroupID, Count: 2}) {
		texts[must(m, err)(t).To] = m.Text
	}
	if len(texts) != 3 || texts["01000000002"] != "두 번째" || texts["01000000003"] != "첫 번째" || len(sb.Handset("01000000003")) != 1 {
		t.Errorf("texts %v", texts)
	}
	if b := must(c.V1.Balance(ctx))(t); b.Usable() != 10_000-60 {
		t.Errorf("%+v", b)
	}
	for name, status := range map[string][]legacy.Delay{
		"v1": must(c.V1.Status(ctx, legacy.StatusParams{Count: 3, Unit: "hour"}))(t), "v2": must(c.Messages.Status(ctx, legacy.StatusParams{Count: 3}))(t),
	} {
		if len(status) != 3 || status[0].SMS.All != time.Second || status[0].MMS.LG != time.Second || status[0].Registered == "" {
			t.Errorf("%s: %+v", name, status)
		}
	}
}

// TestSandbox_LostAnswerIsLookedUp has the answer of a send dropped: the call
// says that it may have been sent, and asking tells that it was.
func TestSandbox_LostAnswerIsLookedUp(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{sandbox.FaultDropReply, sandbox.FaultGarbage} {
		c, sb, _ := gateway(t, legacy.WithRetry(3))
		if _, err := sb.Arm(sandbox.Fault{Path: "/sms/2/send", Kind: kind}); err != nil {
			t.Fatal(err)
		}
		_, err := c.Messages.Send(t.Context(), legacy.SendParams{Message: legacy.Message{To: []string{"01000000001"}, From: sender, Text: "x"}})
		if !legacy.IsAmbiguous(err) || !legacy.IsTemporary(err) {
			t.Fatalf("%s: %v", kind, err)
		}
		n := 0
		for m, err := range c.Messages.AllSent(t.Context(), legacy.SentParams{To: "01000000001", Start: testNow.Add(-time.Minute)}) {
			if must(m, err)(t).Text == "x" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s: the text was sent %d times", kind, n)
		}
	}
}
