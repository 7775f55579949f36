package verify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/verify"
)

// TestMetrics_CountWhatCameOfIt walks through starts, resends and checks, and
// reads the counters.
func TestMetrics_CountWhatCameOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	v := w.mustStart(to, verify.Binding{})
	if _, err := w.Start(t.Context(), verify.Start{Application: w.App, To: to, Purpose: verify.Login, Locale: "ko"}); err == nil {
		t.Fatal("a second start within 30 s was not refused")
	}
	ref := verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID}
	if _, err := w.Resend(t.Context(), w.App, ref); err == nil {
		t.Fatal("a resend within 30 s was not refused")
	}
	code := w.code(to)
	w.Clock.Advance(7 * time.Second)
	check := func(code string) {
		t.Helper()
		if _, err := w.Check(t.Context(), ref, code); err != nil {
			t.Fatal(err)
		}
	}
	check(other(code))
	check(code)
	check(code)
	if _, err := w.Check(t.Context(), verify.Ref{ID: "ver_none", ApplicationID: v.ApplicationID}, code); err == nil {
		t.Fatal("a verification that does not exist was checked")
	}
	got := counters(t, w, "sinpyo_verification_")
	want := []string{
		"approval_seconds 1 times, 7 in all",
		"checks_total right 1",
		"checks_total approved 1",
		"checks_total verification_not_found 1",
		"checks_total wrong 1",
		"resends_total resend_too_soon 1",
		"starts_total number_limited login 1",
		"starts_total started login 1",
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// counters reads the figures whose name begins with prefix, sorted, with the
// values of their labels.
func counters(t *testing.T, w *world, prefix string) (list []string) {
	t.Helper()
	families, err := w.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		name, ours := strings.CutPrefix(family.GetName(), prefix)
		if !ours {
			continue
		}
		for _, m := range family.GetMetric() {
			line := name
			for _, label := range m.GetLabel() {
				line += " " + label.GetValue()
			}
			if h := m.GetHistogram(); h != nil {
				line += fmt.Sprintf(" %d times, %v in all", h.GetSampleCount(), h.GetSampleSum())
			} else {
				line += fmt.Sprintf(" %v", m.GetCounter().GetValue())
			}
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return list
}
