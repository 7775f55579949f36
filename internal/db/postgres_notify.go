package db

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sinpyo/sinpyo/internal/id"
)

const (
	// noticeMost is how long one notice may be; the server takes 8,000 bytes.
	noticeMost = 7_900
	// noticePause is the least time between two notices. Commits with a notice
	// queue behind one lock of the server, so there are few, each with the
	// topics of all groups since the last.
	noticePause = 20 * time.Millisecond
	// topicsMost bounds what waits for a server that cannot be reached; what is
	// beyond it is found by whoever polls.
	topicsMost = 10_000
	// hearAgain is the pause before a lost listening connection is made anew.
	hearAgain = time.Second
)

// pgNotices carries topics between the nodes of one database by LISTEN and
// NOTIFY (https://www.postgresql.org/docs/current/sql-notify.html). Notices are
// sent after the commit, on a connection of their own, so that no group waits
// for them; what is lost on the way is only a hint.
type pgNotices struct {
	config *pgx.ConnConfig
	log    *slog.Logger
	node   string       // begins each notice, so that a node knows its own
	heard  atomic.Value // of string: the channel listened to

	mu     sync.Mutex
	topics []string
	ready  chan struct{}
}

func newNotices(config *pgx.ConnConfig, log *slog.Logger) *pgNotices {
	return &pgNotices{config: config, log: log, node: id.New("nod"), ready: make(chan struct{}, 1)}
}

// add puts topics on their way to the other nodes.
func (n *pgNotices) add(topics []string) {
	n.mu.Lock()
	if len(n.topics)+len(topics) <= topicsMost {
		n.topics = append(n.topics, topics...)
	}
	n.mu.Unlock()
	leaveToken(n.ready)
}

// take returns the next notice, each topic once, or "".
func (n *pgNotices) take() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var notice strings.Builder
	notice.WriteString(n.node)
	told := make(map[string]bool, len(n.topics))
	rest := n.topics[:0]
	for _, topic := range n.topics {
		switch {
		case told[topic]:
		case notice.Len()+1+len(topic) > noticeMost:
			rest = append(rest, topic)
		default:
			told[topic] = true
			notice.WriteString("\n" + topic)
		}
	}
	clear(n.topics[len(rest):])
	n.topics = rest
	if len(rest) > 0 {
		leaveToken(n.ready)
	}
	if len(told) == 0 {
		return ""
	}
	return notice.String()
}

// channel returns the name of the channel of a schema: two installations in
// one database do not hear each other.
func (n *pgNotices) channel(ctx context.Context, conn *pgx.Conn) (string, error) {
	var name string
	if err := conn.QueryRow(ctx, "SELECT current_schema()").Scan(&name); err != nil {
		return "", err
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name)) // never fails
	return fmt.Sprintf("sinpyo_%x", hash.Sum64()), nil
}

// send tells the other nodes until ctx ends.
func (n *pgNotices) send(ctx context.Context) {
	n.again(ctx, "sending notices", func(conn *pgx.Conn, channel string) error {
		pause := time.NewTicker(noticePause)
		defer pause.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-n.ready:
			}
			if notice := n.take(); notice != "" {
				if _, err := conn.Exec(ctx, "SELECT pg_notify($1, $2)", channel, notice); err != nil {
					return err
				}
			}
			select {
			case <-ctx.Done():
				return nil
			case <-pause.C:
			}
		}
	})
}

// hear wakes the listeners of h until ctx ends, and all of them whenever it
// begins to listen: before, something may have been missed.
func (n *pgNotices) hear(ctx context.Context, h *hub) {
	n.again(ctx, "hearing notices", func(conn *pgx.Conn, channel string) error {
		if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
			return err
		}
		n.heard.Store(channel)
		h.wakeAll()
		for {
			notice, err := conn.WaitForNotification(ctx)
			if err != nil {
				return err
			}
			node, topics, _ := strings.Cut(notice.Payload, "\n")
			if node == n.node {
				continue // its listeners were woken at the commit
			}
			for topic := range strings.SplitSeq(topics, "\n") {
				h.wake(topic)
			}
		}
	})
}

// again runs do on a connection, and on a new one when that is lost, until ctx
// ends.
func (n *pgNotices) again(ctx context.Context, what string, do func(conn *pgx.Conn, channel string) error) {
	for ctx.Err() == nil {
		err := n.connected(ctx, do)
		if ctx.Err() != nil {
			return
		}
		n.log.Debug("notices between nodes are interrupted", "doing", what, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(hearAgain):
		}
	}
}

func (n *pgNotices) connected(ctx context.Context, do func(conn *pgx.Conn, channel string) error) error {
	connecting, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.ConnectConfig(connecting, n.config)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		_ = conn.Close(closing) // there is nobody to tell
	}()
	channel, err := n.channel(ctx, conn)
	if err != nil {
		return err
	}
	return do(conn, channel)
}
