package db

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// pgConnect is how long a connection may take to be made.
	pgConnect = 3 * time.Second
	// A line over which nothing comes for so long is tried every pgSilence, and
	// given up after pgTriesOfLine unanswered tries. A line that is cut without a
	// word ends within seconds so, on both its ends, while a statement may take
	// the time it needs.
	pgSilence     = time.Second
	pgTriesOfLine = 3
)

// bound lets a line to the server end soon after it is cut, unless the URL says
// how.
func bound(config *pgx.ConnConfig) {
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = pgConnect
	}
	dialer := &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: pgSilence, Interval: pgSilence, Count: pgTriesOfLine},
		Control:         giveUpAfter((pgTriesOfLine + 1) * pgSilence),
	}
	config.DialFunc = dialer.DialContext
	for name, value := range map[string]int{
		"tcp_keepalives_idle":     int(pgSilence / time.Second),
		"tcp_keepalives_interval": int(pgSilence / time.Second),
		"tcp_keepalives_count":    pgTriesOfLine,
		"tcp_user_timeout":        int((pgTriesOfLine + 1) * pgSilence / time.Millisecond),
	} {
		if config.RuntimeParams[name] == "" {
			config.RuntimeParams[name] = strconv.Itoa(value)
		}
	}
}

// lineLost reports whether an error is the end of a line, or that none could be
// had: what was asked may be answered a little later.
func lineLost(err error) bool {
	if err == nil {
		return false
	}
	if state := sqlState(err); state != "" {
		// A broken connection, a server that stops, or one that has no place.
		return strings.HasPrefix(state, "08") || strings.HasPrefix(state, "57P") || strings.HasPrefix(state, "53")
	}
	var network net.Error
	var connecting *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connecting) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}
