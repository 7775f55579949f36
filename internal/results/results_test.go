package results_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/korean"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/sandbox"
)

func TestSearch_TellsOfArrivalAndEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ref := w.start(theNumber)
	w.Clock.Advance(20 * time.Second)
	if rows := w.search(results.Filter{}); len(rows) != 1 || rows[0].Entry != 0 || rows[0].EnteredAt != 0 {
		t.Fatalf("before the code is entered: %+v", rows)
	}
	w.enter(theNumber, ref)
	rows := w.search(results.Filter{Number: w.token(theNumber)})
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	r := rows[0]
	if r.Status != outbox.Delivered || r.Sender != "0215770000" || r.Type != "SMS" || r.Purpose != "login" || r.ApplicationID != w.App.ID ||
		r.Entry != r.EnteredAt.Sub(r.CreatedAt) || r.Entry < 20*time.Second || r.Arrival != r.ReceivedAt.Sub(r.CreatedAt) {
		t.Errorf("the row: %+v", r)
	}
}

// TestRow33_EveryTextsFateCostAndReasonIsFoundByNumber is row 33 of product §8.
func TestRow33_EveryTextsFateCostAndReasonIsFoundByNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, ref := w.start(theNumber)
	w.enter(theNumber, ref)
	w.Clock.Advance(time.Second)
	w.join(ref, "usr_1")
	row := w.search(results.Filter{Number: w.token(theNumber)})[0]
	d, err := w.Detail(t.Context(), row.ID)
	if err != nil {
		t.Fatal(err)
	}
	var steps []results.StepKind
	for i, s := range d.Steps {
		steps = append(steps, s.Kind)
		if i > 0 && s.At < d.Steps[i-1].At {
			t.Errorf("step %s is before %s", s.Kind, d.Steps[i-1].Kind)
		}
	}
	slices.Sort(steps)
	want := []results.StepKind{
		results.StepStarted, results.StepQueued, results.StepGrouped, results.StepAccepted, results.StepCarrier,
		results.StepReported, results.StepEntered, results.StepUsed, results.StepJoined,
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("the steps:\n%s", diff)
	}
	if d.Verification == nil || d.Verification.ID != v.ID || d.UserID != "usr_1" || !d.Settled || d.Cost == 0 || d.Why.Why.Korean == "" || d.Why.Advice.English == "" {
		t.Errorf("the detail: %+v", d)
	}
	if _, err := w.Detail(t.Context(), "msg_none"); !errors.Is(err, outbox.ErrNotFound) {
		t.Errorf("no such text: %v", err)
	}
}

func TestDetail_NamesTheOtherTextsOfItsVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, ref := w.start(theNumber)
	w.Clock.Advance(time.Minute)
	if _, err := w.Verifier.Resend(t.Context(), w.App, ref); err != nil {
		t.Fatal(err)
	}
	w.arrive()
	rows := w.search(results.Filter{VerificationID: v.ID})
	if len(rows) != 2 {
		t.Fatalf("%d texts of the verification", len(rows))
	}
	d, err := w.Detail(t.Context(), rows[0].ID)
	if err != nil || len(d.Others) != 1 || d.Others[0].ID != rows[1].ID {
		t.Errorf("the others: %+v (%v)", d.Others, err)
	}
}

// TestAnswer_HoldsNeitherTextNorNumber looks for both in what the provider says.
func TestAnswer_HoldsNeitherTextNorNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(theNumber)
	message := w.search(results.Filter{})[0].ID
	answer, err := w.Answer(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(answer, &fields); err != nil || fields["statusCode"] != "4000" {
		t.Errorf("the answer: %s (%v)", answer, err)
	}
	for _, secret := range []string{"12345678", "5678", "인증", "0215770000", "text", "to\""} {
		if strings.Contains(string(answer), secret) {
			t.Errorf("the answer holds %q", secret)
		}
	}
	if _, err := w.Provider.Arm(sandbox.Fault{Path: "/messages/v4/list", Kind: "status", Status: 500, Times: 10}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Answer(t.Context(), message); !errors.Is(err, outbox.ErrProvider) {
		t.Errorf("a provider in trouble: %v", err)
	}
	if _, err := w.Answer(t.Context(), "msg_none"); !errors.Is(err, outbox.ErrNotFound) {
		t.Errorf("no such text: %v", err)
	}
}

// TestRow36_UnmaskingAsksWhyAndIsRecorded is a part of row 36 of product §8.
func TestRow36_UnmaskingAsksWhyAndIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(theNumber)
	message := w.search(results.Filter{})[0].ID
	for _, reason := range []string{"", " \t ", strings.Repeat("x", 201)} {
		if _, err := w.Unmask(t.Context(), message, results.Act{Actor: "opr_1", Reason: reason}); !errors.Is(err, results.ErrReason) {
			t.Errorf("reason %q: %v", reason, err)
		}
	}
	to, err := w.Unmask(t.Context(), message, results.Act{Actor: "opr_1", Reason: " ticket 1 "})
	if err != nil || to.Display() != theNumber {
		t.Errorf("unmasked: %s, %v", to, err)
	}
	if diff := cmp.Diff([]string{"ticket 1"}, w.records("messages unmask")); diff != "" {
		t.Errorf("recorded:\n%s", diff)
	}
}

// TestRetention_KeepsTheEntryAndNotTheNumber runs the jobs of ninety days on a
// text whose code was entered.
func TestRetention_KeepsTheEntryAndNotTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, ref := w.start(theNumber)
	w.enter(theNumber, ref)
	before := w.search(results.Filter{})[0]
	w.Clock.Advance(time.Hour)
	now := db.At(w.Clock.Now())
	var verifications, numbers int
	w.update(func(tx *db.Tx) (err error) {
		if verifications, err = w.Verifier.Erase(tx, now, 100); err == nil {
			numbers, err = w.Outbox.Reduce(tx, now, 100)
		}
		return err
	})
	if verifications != 1 || numbers != 1 {
		t.Fatalf("erased %d verifications and %d numbers", verifications, numbers)
	}
	rows := w.search(results.Filter{Number: w.token(theNumber)})
	if len(rows) != 1 || rows[0].EnteredAt != before.EnteredAt || rows[0].Entry != before.Entry || rows[0].Entry == 0 || !rows[0].To.IsZero() {
		t.Fatalf("after ninety days: %+v", rows)
	}
	d, err := w.Detail(t.Context(), rows[0].ID)
	if err != nil || d.Verification != nil || d.VerificationID != v.ID {
		t.Errorf("the detail: %+v (%v)", d, err)
	}
	if !slices.ContainsFunc(d.Steps, func(s results.Step) bool { return s.Kind == results.StepEntered }) {
		t.Errorf("the steps lack the entry: %v", d.Steps)
	}
	if _, err := w.Unmask(t.Context(), rows[0].ID, results.Act{Actor: "opr_1", Reason: "ticket 1"}); !errors.Is(err, results.ErrErased) {
		t.Errorf("unmasking an erased number: %v", err)
	}
}

func TestNumber_TellsAllThatHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, ref := w.start(theNumber)
	w.enter(theNumber, ref)
	w.join(ref, "usr_1")
	w.Clock.Advance(24 * time.Hour)
	w.start(theNumber)
	if _, err := w.Verifier.Start(t.Context(), verify.Start{Application: w.App, To: w.number(theNumber), Purpose: verify.Login, Locale: "ko", Binding: verify.Browser("other")}); err == nil {
		t.Fatal("a second text at once was not refused")
	}
	if err := w.Limits.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.start("010-9999-5678")
	w.Clock.Advance(time.Second)

	read := func(texts int) (kinds []results.HappeningKind, last results.Timeline) {
		for cursor := ""; ; {
			page, err := w.Number(t.Context(), w.token(theNumber), cursor, texts)
			if err != nil {
				t.Fatal(err)
			}
			for _, day := range page.Days {
				for i, h := range day.Happened {
					kinds = append(kinds, h.Kind)
					if i > 0 && h.At > day.Happened[i-1].At {
						t.Errorf("%s stands after what is older", h.Kind)
					}
				}
			}
			if last = page; page.Next == "" {
				return kinds, last
			}
			cursor = page.Next
		}
	}
	all, page := read(100)
	want := []results.HappeningKind{
		results.HappenedDecided, results.HappenedText, results.HappenedStarted,
		results.HappenedEvent, results.HappenedUsed, results.HappenedEntered, results.HappenedText, results.HappenedStarted,
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("what happened:\n%s", diff)
	}
	if len(page.Days) != 2 || page.UserID != "usr_1" || page.Number != "010-****-5678" || page.Totals.Texts != 2 || page.Totals.Delivered != 2 || page.Totals.Won == 0 {
		t.Errorf("the number: %+v", page)
	}
	if piece, _ := read(1); !slices.Equal(slices.Sorted(slices.Values(piece)), slices.Sorted(slices.Values(all))) {
		t.Errorf("by pages of one: %v", piece)
	}
	if first := page.Days[1].Happened; first[len(first)-1].VerificationID != v.ID {
		t.Errorf("it began with %+v", first)
	}
	for what, token := range map[string]string{"a tail": w.token("5678"), "no token": "5678", "nothing": ""} {
		if _, err := w.Number(t.Context(), token, "", 10); !errors.Is(err, outbox.ErrFilter) {
			t.Errorf("%s: %v", what, err)
		}
	}
	first, err := w.Number(t.Context(), w.token(theNumber), "", 1)
	if err != nil || first.Next == "" {
		t.Fatalf("the first page: %v", err)
	}
	if _, err := w.Number(t.Context(), w.token("010-9999-5678"), first.Next, 1); !errors.Is(err, outbox.ErrCursor) {
		t.Errorf("another number's cursor: %v", err)
	}
}

func TestExport_OpensInSpreadsheets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(theNumber)
	w.start("010-9999-0001")
	w.update(func(tx *db.Tx) error {
		tx.Exec(`UPDATE messages SET network = '=HYPERLINK("x")', sender = '+82', purpose = '@SUM', application_id = CAST($1 AS TEXT)`, "\tx")
		return nil
	})
	var out bytes.Buffer
	n, err := w.Export(t.Context(), &out, results.Filter{}, results.Export{Korean: true})
	if err != nil || n != 2 || !bytes.HasPrefix(out.Bytes(), []byte("\xEF\xBB\xBF")) {
		t.Fatalf("%d rows, %v", n, err)
	}
	rows, err := csv.NewReader(bytes.NewReader(out.Bytes()[3:])).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][1] != "받는 번호" || rows[2][1] != "010-****-5678" || rows[1][3] != "도착" {
		t.Fatalf("the rows: %q (%v)", rows, err)
	}
	for _, row := range rows[1:] {
		for _, want := range []string{`'=HYPERLINK("x")`, "'+82", "'@SUM", "'\tx"} {
			if !slices.Contains(row, want) {
				t.Errorf("no cell is %q: %q", want, row)
			}
		}
		for _, cell := range row {
			if cell != "" && strings.Contains("=+-@\t\r", cell[:1]) {
				t.Errorf("the cell %q begins a formula", cell)
			}
		}
	}

	out.Reset()
	if _, err := w.Export(t.Context(), &out, results.Filter{}, results.Export{Korean: true, Encoding: results.CP949}); err != nil {
		t.Fatal(err)
	}
	text, err := korean.EUCKR.NewDecoder().Bytes(out.Bytes())
	if err != nil || !strings.HasPrefix(string(text), "보낸 때 (서울),받는 번호,") {
		t.Errorf("as CP949: %.80q (%v)", text, err)
	}

	out.Reset()
	whole := results.Export{Numbers: true, Act: results.Act{Actor: "opr_1"}}
	if _, err := w.Export(t.Context(), &out, results.Filter{}, whole); !errors.Is(err, results.ErrReason) || out.Len() > 0 {
		t.Errorf("whole numbers without a reason: %v", err)
	}
	whole.Act.Reason = "order 7"
	if _, err := w.Export(t.Context(), &out, results.Filter{}, whole); err != nil || !strings.Contains(out.String(), theNumber) {
		t.Errorf("whole numbers: %v", err)
	}
	if diff := cmp.Diff([]string{"order 7"}, w.records("messages export")); diff != "" {
		t.Errorf("recorded:\n%s", diff)
	}
}

func TestFilter_ReadsBackWhatItWrites(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"", "since=2026-11-22&status=delivered&until=2026-11-23T15%3A04", "code=3043&sender=0215770000&type=SMS",
		"application=app_builtin&number=tok&purpose=login&verification=ver_1", "since=2026-11-22T15%3A04%3A05",
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f, err := results.ReadFilter(q)
		if err != nil {
			t.Errorf("%s: %v", query, err)
		}
		if got := results.WriteFilter(f).Encode(); got != query {
			t.Errorf("%q is written as %q", query, got)
		}
	}
	for _, query := range []string{
		"since=yesterday", "until=1999-01-01", "since=9999-01-01", "status=gone", "code=%00", "sender=" + strings.Repeat("0", 201), "purpose=%ff",
	} {
		q, _ := url.ParseQuery(query)
		if f, err := results.ReadFilter(q); !errors.Is(err, outbox.ErrFilter) {
			t.Errorf("%s: %+v, %v", query, f, err)
		}
	}
}
