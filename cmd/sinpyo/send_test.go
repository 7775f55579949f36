package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
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
