package receipt_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/receipt"
	"github.com/sinpyo/sinpyo/internal/seal"
	offline "github.com/sinpyo/sinpyo/receipt"
)

const issuer = "https://id.example.kr"

var begin = time.Date(2026, 11, 22, 6, 4, 5, 0, time.UTC)

// node is an installation's receipts on a database of its own connection.
type node struct {
	*receipt.Receipts
	db    *db.DB
	clock *dbtest.Clock
}

func newRing(t *testing.T, fill byte) *seal.Ring {
	t.Helper()
	ring, err := seal.New(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func newNode(t *testing.T) node {
	t.Helper()
	clock := dbtest.NewClock(begin)
	d := dbtest.New(t, dbtest.WithClock(clock))
	r, err := receipt.Open(t.Context(), receipt.Options{DB: d, Ring: newRing(t, 1), Issuer: issuer})
	if err != nil {
		t.Fatal(err)
	}
	return node{r, d, clock}
}

// approval is a receipt of the moment.
func (n node) approval(t *testing.T) receipt.Receipt {
	t.Helper()
	to, err := phone.Parse("010-1234-5678")
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Receipt{
		Token: receipt.NewToken(), ApplicationID: "app_shop", Purpose: "signup", To: to,
		VerificationID: "ver_1", ApprovedAt: n.clock.Now(),
	}
}

// published returns the kids of the published keys, and a checker for them.
func (n node) published(t *testing.T) ([]string, *offline.Checker) {
	t.Helper()
	document, _ := n.Published()
	var set struct{ Keys []struct{ Kid string } }
	if err := json.Unmarshal(document, &set); err != nil {
		t.Fatal(err)
	}
	var kids []string
	for _, k := range set.Keys {
		kids = append(kids, k.Kid)
	}
	keys, err := offline.ParseKeys(document)
	if err != nil {
		t.Fatal(err)
	}
	checker, err := offline.New(issuer, "app_shop", offline.WithKeys(keys), offline.WithClock(n.clock.Now))
	if err != nil {
		t.Fatal(err)
	}
	return kids, checker
}

// kid returns the name of the key a receipt was signed with.
func kid(t *testing.T, text string) string {
	t.Helper()
	var h struct{ Kid, Alg, Typ string }
	head, _, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &h); err != nil || h.Alg != "EdDSA" || h.Typ != offline.Type {
		t.Fatalf("the header is %s (%v)", raw, err)
	}
	return h.Kid
}

func TestSign_IsReadHereAndCheckedElsewhere(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	want := n.approval(t)
	want.ApprovedAt = want.ApprovedAt.Add(700 * time.Millisecond)
	text := n.Sign(want)
	if again := n.Sign(want); again != text {
		t.Error("the same receipt signed twice differs")
	}
	got, err := n.Read(t.Context(), text, "app_shop", "signup")
	if err != nil {
		t.Fatal(err)
	}
	want.ApprovedAt = begin
	if !got.ApprovedAt.Equal(begin) || got.To != want.To || !bytes.Equal(got.Token.Hash(), want.Token.Hash()) ||
		got.VerificationID != want.VerificationID || got.ApplicationID != want.ApplicationID || got.Purpose != want.Purpose {
		t.Errorf("it says %v of %s at %v", got.To, got.VerificationID, got.ApprovedAt)
	}
	_, checker := n.published(t)
	said, err := checker.Check(t.Context(), text, "signup")
	if err != nil || said.Number != "+821012345678" || said.Method != "sms_code" ||
		said.ExpiresAt.Sub(said.IssuedAt) != receipt.Life || len(said.ID) != 43 {
		t.Errorf("offline: %v, method %q, good for %v", err, said.Method, said.ExpiresAt.Sub(said.IssuedAt))
	}
}

func TestRead_RefusesWhatIsNotOfThisServerAndApplication(t *testing.T) {
	t.Parallel()
	n, other := newNode(t), newNode(t)
	text := n.Sign(n.approval(t))
	for name, c := range map[string]struct{ text, application, purpose string }{
		"another application": {text, "app_other", "signup"},
		"another purpose":     {text, "app_shop", "login"},
		"another server":      {other.Sign(other.approval(t)), "app_shop", "signup"},
		"nothing":             {"", "app_shop", "signup"},
	} {
		if _, err := n.Read(t.Context(), c.text, c.application, c.purpose); !errors.Is(err, receipt.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	n.clock.Advance(receipt.Life + offline.Leeway + time.Second)
	if _, err := n.Read(t.Context(), text, "app_shop", "signup"); !errors.Is(err, receipt.ErrExpired) {
		t.Errorf("after its time: %v, want ErrExpired", err)
	}
}

func TestOpen_NodesThatStartAtOnceMakeOneKey(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	dbtest.Open(t, url)
	var all sync.WaitGroup
	texts := make([]string, 4)
	for i := range texts {
		d := dbtest.Open(t, url)
		all.Go(func() {
			r, err := receipt.Open(t.Context(), receipt.Options{DB: d, Ring: newRing(t, 1), Issuer: issuer})
			if err != nil {
				t.Error(err)
				return
			}
			n := node{r, d, dbtest.NewClock(d.Now().Std())}
			texts[i] = r.Sign(n.approval(t))
		})
	}
	all.Wait()
	for _, text := range texts {
		if t.Failed() || kid(t, text) != kid(t, texts[0]) {
			t.Fatal("the nodes sign with different keys")
		}
	}
}

func TestRotate_PublishesADayAheadAndAnHourBehind(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	first := kid(t, n.Sign(n.approval(t)))
	next, err := n.Rotate(t.Context(), "somebody")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := n.Rotate(t.Context(), "somebody"); err != nil || again != next {
		t.Errorf("a key that waits was overtaken by %v (%v)", again, err)
	}
	if got := next.ActiveAt.Sub(begin); got != 24*time.Hour {
		t.Errorf("it takes over after %v, want a day", got)
	}
	expect := func(signs string, published ...string) {
		t.Helper()
		if err := n.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, _ := n.published(t)
		if fmt.Sprint(got) != fmt.Sprint(published) {
			t.Errorf("published are %v, want %v", got, published)
		}
		if got := kid(t, n.Sign(n.approval(t))); got != signs {
			t.Errorf("%s signs, want %s", got, signs)
		}
	}
	expect(first, first, next.ID)
	n.clock.Advance(24*time.Hour - time.Second)
	expect(first, first, next.ID)
	last := n.Sign(n.approval(t))
	n.clock.Advance(time.Second)
	expect(next.ID, first, next.ID)
	if _, err := n.Read(t.Context(), last, "app_shop", "signup"); err != nil {
		t.Errorf("a receipt of the key before: %v", err)
	}
	n.clock.Advance(time.Hour - time.Second)
	expect(next.ID, first, next.ID)
	n.clock.Advance(time.Second)
	expect(next.ID, next.ID)
	var rows int
	err = n.db.View(t.Context(), func(tx *db.Tx) error {
		if broken, err := audit.Verify(tx); err != nil || broken != 0 {
			t.Errorf("record %d is broken (%v)", broken, err)
		}
		return tx.Row(`SELECT count(*) FROM signing_keys`).Scan(&rows)
	})
	if err != nil || rows != 1 {
		t.Errorf("%d keys are kept (%v), want 1", rows, err)
	}
}

func TestTend_RotatesSoThatAKeySignsNinetyDays(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.clock.Advance(89*24*time.Hour - time.Second)
	if err := n.Tend(t.Context()); err != nil || len(n.Keys()) != 1 {
		t.Fatalf("%d keys before their time (%v)", len(n.Keys()), err)
	}
	n.clock.Advance(time.Second)
	for range 2 {
		if err := n.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	keys := n.Keys()
	if len(keys) != 2 || keys[0].RetiredAt.Sub(begin) != 90*24*time.Hour || !keys[1].ActiveAt.Equal(keys[0].RetiredAt) {
		t.Errorf("the keys are %v", keys)
	}
}

func TestRotate_NodesThatRotateAtOnceAddOneKey(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := n.Rotate(t.Context(), "somebody"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if keys := n.Keys(); len(keys) != 2 {
		t.Errorf("%d keys, want 2", len(keys))
	}
}

func TestRun_LearnsAtOnceWhatAnotherNodeAdded(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(begin)
	url := dbtest.URL(t)
	d := dbtest.Open(t, url, dbtest.WithClock(clock))
	elsewhere := d
	if !d.Single() {
		elsewhere = dbtest.Open(t, url, dbtest.WithClock(clock))
	}
	var nodes [2]*receipt.Receipts
	for i, d := range []*db.DB{d, elsewhere} {
		var err error
		if nodes[i], err = receipt.Open(t.Context(), receipt.Options{DB: d, Ring: newRing(t, 1), Issuer: issuer}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- nodes[1].Run(ctx, func(err error) { t.Error(err) }) }()
	if _, err := nodes[0].Rotate(t.Context(), "somebody"); err != nil {
		t.Fatal(err)
	}
	patience := time.After(20 * time.Second)
	for look := time.NewTicker(5 * time.Millisecond); len(nodes[1].Keys()) != 2; {
		select {
		case <-look.C:
		case <-patience:
			t.Fatal("the other node has not learnt of the key")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestOpen_NeedsTheMasterKeyOfTheDatabase(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	_, err := receipt.Open(t.Context(), receipt.Options{DB: n.db, Ring: newRing(t, 2), Issuer: issuer})
	if !errors.Is(err, seal.ErrOpen) {
		t.Errorf("%v, want seal.ErrOpen", err)
	}
}

func TestToken_PrintsAsNothing(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	what := n.approval(t)
	said, err := n.Read(t.Context(), n.Sign(what), "app_shop", "signup")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", said.Token)
	_, checker := n.published(t)
	offlineSaid, err := checker.Check(t.Context(), n.Sign(what), "signup")
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{fmt.Sprint(said.Token), fmt.Sprintf("%v", said), log.String()} {
		if strings.Contains(printed, offlineSaid.ID) {
			t.Errorf("the token shows in %d characters", len(printed))
		}
	}
}

func BenchmarkSign(b *testing.B) {
	d := dbtest.New(b)
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	r, err := receipt.Open(b.Context(), receipt.Options{DB: d, Ring: ring, Issuer: issuer})
	if err != nil {
		b.Fatal(err)
	}
	what := receipt.Receipt{Token: receipt.NewToken(), ApplicationID: "app_shop", Purpose: "signup", VerificationID: "ver_1"}
	b.ReportAllocs()
	for b.Loop() {
		r.Sign(what)
	}
}
