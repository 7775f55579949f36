package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// supervisor is who started the program and waits to hear how it fares: systemd,
// with Type=notify. What it is told goes to a datagram socket that it names in
// the environment (sd_notify(3)). Nobody may be there; then telling does nothing.
type supervisor struct {
	socket string        // a path, or the name of an abstract socket after "@"
	every  time.Duration // how often it wants to hear that all is well; 0 for never
}

// supervisorOf reads from the environment who listens.
func supervisorOf(environ []string) supervisor {
	set := map[string]string{}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		set[name] = value
	}
	s := supervisor{socket: set["NOTIFY_SOCKET"]}
	if pid := set["WATCHDOG_PID"]; pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return s // it waits for another program
	}
	if limit, err := strconv.ParseInt(set["WATCHDOG_USEC"], 10, 64); err == nil && limit > 0 {
		s.every = time.Duration(limit) * time.Microsecond / 2 // as sd_watchdog_enabled(3) advises
	}
	return s
}

// tell tells of states, such as "READY=1".
func (s supervisor) tell(ctx context.Context, states ...string) error {
	if s.socket == "" {
		return nil
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unixgram", s.socket)
	if err == nil {
		_, err = conn.Write([]byte(strings.Join(states, "\n")))
		_ = conn.Close() // the datagram has left
	}
	if err != nil {
		return fmt.Errorf("telling the service manager: %w", err)
	}
	return nil
}

// beat tells again and again, until ctx ends, that all is well, and keeps silent
// while it is not: then the supervisor starts the program anew.
func (s supervisor) beat(ctx context.Context, well func(context.Context) error, trouble func(error)) error {
	if s.socket == "" || s.every <= 0 {
		return nil
	}
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		err := well(ctx)
		if err == nil {
			err = s.tell(ctx, "WATCHDOG=1")
		}
		if err != nil && ctx.Err() == nil {
			trouble(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// well reports what a new start could cure: a database file that does not
// answer, or a dispatcher that stands still. A database server that is away comes
// back by itself, and starting again without it would fail.
func (h *house) well(ctx context.Context) error {
	if err := h.ready(ctx); err != nil && !db.OnPostgres(databaseURL(h.settings)) {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	if !h.outbox.Turns() {
		return fmt.Errorf("the dispatcher stands still")
	}
	return nil
}

// tell tells the supervisor of states; that it cannot be told stops nothing.
func (h *house) tell(ctx context.Context, states ...string) {
	if err := h.supervisor.tell(ctx, states...); err != nil {
		h.log.Warn("the service manager cannot be told", "error", err)
	}
}

// beat is the loop that keeps the supervisor's watchdog quiet.
func (h *house) beat(ctx context.Context, trouble func(error)) error {
	return h.supervisor.beat(ctx, h.well, trouble)
}
