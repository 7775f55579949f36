package kit

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Proxy stands between a node and a PostgreSQL server. It can cut the lines, let
// nothing pass without a word, and end a line in the middle of a commit.
type Proxy struct {
	network, address string // of the server
	listener         net.Listener

	mu     sync.Mutex
	mode   proxyMode
	moved  chan struct{} // closed when the mode changes
	lines  map[*line]bool
	commit CommitCut // what the next commit meets, once
	met    func()    // told when it did
}

type proxyMode int

const (
	passing proxyMode = iota
	refusing
	holding
)

// CommitCut says where a line ends that carries a commit.
type CommitCut int

// The places around a commit.
const (
	CutNothing CommitCut = iota
	CutBefore            // the commit never reaches the server
	CutBehind            // it has happened, and its answer gets lost
)

// NewProxy returns a proxy before the server of a URL, which listens at an
// address until the test ends.
func NewProxy(t testing.TB, listen, server string) *Proxy {
	t.Helper()
	config, err := pgconn.ParseConfig(server)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{moved: make(chan struct{}), lines: make(map[*line]bool)}
	p.network, p.address = pgconn.NetworkAddress(config.Host, config.Port)
	var lc net.ListenConfig
	if p.listener, err = lc.Listen(t.Context(), "tcp", listen); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.listener.Close() // nobody listens any more
		p.Cut()
	})
	go p.accept()
	return p
}

// Through returns a URL that leads to the same server by way of the proxy.
func (p *Proxy) Through(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(p.listener.Addr().String())
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("host", host)
	q.Set("port", port)
	q.Set("sslmode", "disable")
	u.Host, u.RawQuery = "", q.Encode()
	return u.String(), nil
}

// Pass lets everything pass, also what was held.
func (p *Proxy) Pass() { p.turn(passing) }

// Hold lets nothing pass and says nothing: lines stay, and what is sent arrives
// when they are let go, as after a network was parted.
func (p *Proxy) Hold() { p.turn(holding) }

// Cut resets all lines, and new ones as they come.
func (p *Proxy) Cut() {
	p.turn(refusing)
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.lines {
		l.end()
	}
}

// CutCommit ends the line of the next commit, and tells when it has.
func (p *Proxy) CutCommit(at CommitCut) (met <-chan struct{}) {
	done := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit, p.met = at, func() { close(done) }
	return done
}

func (p *Proxy) turn(to proxyMode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = to
	close(p.moved)
	p.moved = make(chan struct{})
}

// may waits while lines are held, and reports whether something may pass.
func (p *Proxy) may() bool {
	for {
		p.mu.Lock()
		mode, moved := p.mode, p.moved
		p.mu.Unlock()
		if mode != holding {
			return mode == passing
		}
		<-moved
	}
}

// takeCommit returns what a commit meets.
func (p *Proxy) takeCommit() (at CommitCut, met func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, p.commit = p.commit, CutNothing
	return at, p.met
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.relay(client.(*net.TCPConn))
	}
}

// line is one connection through the proxy.
type line struct {
	client *net.TCPConn
	server net.Conn
}

// end resets the client's side.
func (l *line) end() {
	_ = l.client.SetLinger(0) // on a closed one it is of no use
	_ = l.client.Close()
	_ = l.server.Close()
}

func (p *Proxy) relay(client *net.TCPConn) {
	var dialer net.Dialer
	server, err := dialer.DialContext(context.Background(), p.network, p.address)
	if err != nil || !p.may() {
		_ = client.SetLinger(0)
		_ = client.Close()
		if err == nil {
			_ = server.Close()
		}
		return
	}
	l := &line{client, server}
	p.mu.Lock()
	p.lines[l] = true
	p.mu.Unlock()
	defer func() {
		l.end()
		p.mu.Lock()
		delete(p.lines, l)
		p.mu.Unlock()
	}()
	lost := make(chan func(), 1) // told when the next commit's answer is to get lost
	go func() {
		defer l.end()
		p.answers(l, lost)
	}()
	p.questions(l, lost)
}

// questions relays what the client says, message by message
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
func (p *Proxy) questions(l *line, lost chan<- func()) {
	in := newMessages(l.client)
	for {
		m, err := in.next()
		if err != nil || !p.may() {
			return
		}
		if in.commits(m) {
			switch at, met := p.takeCommit(); at {
			case CutBefore:
				met()
				return
			case CutBehind:
				lost <- met
			case CutNothing:
			}
		}
		if _, err := l.server.Write(m); err != nil {
			return
		}
	}
}

// answers relays what the server says, until an answer is to get lost. What it
// says to a commit that it refuses is relayed, and the next one is lost instead.
func (p *Proxy) answers(l *line, lost <-chan func()) {
	buf := make([]byte, 64<<10)
	var held []byte // what may belong to the answer
	var met func()
	for {
		n, err := l.server.Read(buf)
		if err != nil || !p.may() {
			return
		}
		select {
		case met = <-lost:
		default:
		}
		held = append(held, buf[:n]...)
		switch {
		case met != nil && bytes.Contains(held, []byte("COMMIT\x00")):
			met()
			return
		case met != nil && !ready(held):
			continue
		case met != nil:
			p.mu.Lock()
			p.commit = CutBehind
			p.mu.Unlock()
			met = nil
		}
		if _, err := l.client.Write(held); err != nil {
			return
		}
		held = held[:0]
	}
}

// ready reports whether the server has said all that it has to say.
func ready(said []byte) bool {
	const size = 6 // the type, the length, the state
	return len(said) >= size && bytes.HasPrefix(said[len(said)-size:], []byte("Z\x00\x00\x00\x05"))
}

// messages reads what a client says.
type messages struct {
	from    io.Reader
	begun   bool
	commit  string // the name of the prepared COMMIT
	scratch []byte
}

func newMessages(from io.Reader) *messages { return &messages{from: from, commit: "\x00"} }

// next returns the next message, whole. The first has no type.
func (m *messages) next() ([]byte, error) {
	head := 5
	if !m.begun {
		head = 4
	}
	m.scratch = append(m.scratch[:0], make([]byte, head)...)
	if _, err := io.ReadFull(m.from, m.scratch); err != nil {
		return nil, err
	}
	rest := int(binary.BigEndian.Uint32(m.scratch[head-4:])) - 4
	m.begun = true
	m.scratch = append(m.scratch, make([]byte, rest)...)
	_, err := io.ReadFull(m.from, m.scratch[head:])
	return m.scratch, err
}

// commits reports whether a message runs COMMIT, and remembers under which name
// it was prepared.
func (m *messages) commits(message []byte) bool {
	body := message[min(5, len(message)):]
	switch first, rest, _ := bytes.Cut(body, []byte{0}); message[0] {
	case 'P': // the name, the text
		if text, _, _ := bytes.Cut(rest, []byte{0}); string(text) == "COMMIT" {
			m.commit = string(first)
		}
	case 'B': // the portal, the name of the statement
		name, _, _ := bytes.Cut(rest, []byte{0})
		return string(name) == m.commit
	}
	return false
}

// ProxyBefore puts a proxy between a node and its database: it returns the proxy
// and the setting that the node is to have.
func (w *World) ProxyBefore() (p *Proxy, setting string) {
	w.Helper()
	p = NewProxy(w, "127.0.0.1:0", w.Database)
	through, err := p.Through(w.Database)
	if err != nil {
		w.Fatal(err)
	}
	return p, "SINPYO_DATABASE_URL=" + through
}
