package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
)

func TestAsk(t *testing.T) {
	t.Parallel()
	for answer, yes := range map[string]bool{
		"y\n": true, "YES\n": true, " 네 \n": true, "예\n": true, "y": true,
		"\n": false, "": false, "n\n": false, "no\n": false, "yy\n": false,
	} {
		s := &shell{ctx: t.Context(), in: strings.NewReader(answer), err: io.Discard}
		if err := ask(s, "Well?"); (err == nil) != yes || err != nil && !errors.Is(err, errNotAsked) {
			t.Errorf("%q: %v, want yes %v", answer, err, yes)
		}
	}
}

// TestAsk_EndsWithTheProgram stops a program that waits for a person.
func TestAsk_EndsWithTheProgram(t *testing.T) {
	t.Parallel()
	silence, person := io.Pipe()
	defer person.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ask(&shell{ctx: ctx, in: silence, err: io.Discard}, "Well?"); !errors.Is(err, errNotAsked) {
		t.Errorf("got %v, want %v", err, errNotAsked)
	}
}

func TestSend_ChoosesTheKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind    string
		bytes   int
		subject string
		want    coolsms.MessageType // "" for an error
	}{
		"fits":               {"auto", 90, "", coolsms.SMS},
		"one too long":       {"auto", 91, "", coolsms.LMS},
		"with a subject":     {"auto", 10, "안내", coolsms.LMS},
		"wanted longer":      {"LMS", 10, "", coolsms.LMS},
		"the most":           {"auto", 2000, "", coolsms.LMS},
		"too long for LMS":   {"auto", 2001, "", ""},
		"too long for SMS":   {"SMS", 91, "", ""},
		"SMS with subject":   {"SMS", 10, "안내", ""},
		"longest subject":    {"auto", 10, strings.Repeat("가", 20), coolsms.LMS},
		"too long subject":   {"auto", 10, strings.Repeat("가", 20) + "x", ""},
		"emoji in subject":   {"auto", 10, "👋", ""},
		"SMS that just fits": {"SMS", 90, "", coolsms.SMS},
	} {
		got, err := (&sendCommand{Type: c.kind}).kind(c.bytes, c.subject)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}
