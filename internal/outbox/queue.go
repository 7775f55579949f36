package outbox

import (
	"sync"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
)

// letter is a message as the dispatcher carries it: in clear, and in memory
// only.
type letter struct {
	id       string
	to       string // national digits
	text     string
	purpose  string // of the verification; chooses the sender number
	from     string // the number it was put with last; empty when it was in no group yet
	created  db.Time
	deadline db.Time
	cost     int // won reserved for it
	unwanted bool
}

// wanted reports whether somebody still waits for the letter.
func (l letter) wanted(now db.Time) bool { return !l.unwanted && now < l.deadline }

// kind is what the letter was sent as; empty when it was in no group yet.
func (l letter) kind() string {
	if l.from == "" {
		return ""
	}
	return string(coolsms.SMS)
}

const (
	queueMost = 50_000 // beyond it letters wait in the table alone
	batchMost = 500    // letters in one group
)

// queue holds the letters that wait for a batch.
type queue struct {
	mu      sync.Mutex
	letters []letter
	boarded []*batch            // letters that brought their group along
	known   map[string]struct{} // ids of letters waiting or in a batch
	ready   chan struct{}       // holds a token while there may be letters
}

func newQueue() *queue {
	return &queue{known: make(map[string]struct{}), ready: make(chan struct{}, 1)}
}

// push adds the letters that are not known yet.
func (q *queue) push(letters ...letter) {
	if len(letters) == 0 {
		return
	}
	q.mu.Lock()
	for _, l := range letters {
		if _, known := q.known[l.id]; !known && len(q.letters) < queueMost {
			q.known[l.id] = struct{}{}
			q.letters = append(q.letters, l)
		}
	}
	q.mu.Unlock()
	signal(q.ready)
}

// board adds a batch that is complete.
func (q *queue) board(b *batch) {
	q.mu.Lock()
	q.boarded = append(q.boarded, b)
	q.mu.Unlock()
	signal(q.ready)
}

// unboard returns a batch that was boarded, or nil.
func (q *queue) unboard() *batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.boarded) == 0 {
		return nil
	}
	b := q.boarded[0]
	q.boarded = q.boarded[1:]
	return b
}

// take returns the next batch, no recipient twice: a group that holds one
// twice would have the second refused. What stays waits for the next group.
func (q *queue) take() []letter {
	q.mu.Lock()
	defer q.mu.Unlock()
	var batch, rest []letter
	seen := make(map[string]struct{}, min(len(q.letters), batchMost))
	for i, l := range q.letters {
		if len(batch) == batchMost {
			rest = append(rest, q.letters[i:]...)
			break
		}
		if _, twice := seen[l.to]; twice {
			rest = append(rest, l)
			continue
		}
		seen[l.to] = struct{}{}
		batch = append(batch, l)
	}
	q.letters = rest
	if len(rest) > 0 {
		signal(q.ready)
	}
	return batch
}

// forget ends the knowledge of letters whose batch is done. One that is
// queued again is found in the table.
func (q *queue) forget(letters []letter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range letters {
		delete(q.known, l.id)
	}
}

func (q *queue) knows(id string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, ok := q.known[id]
	return ok
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.letters)
}

// signal leaves a token for whoever waits, and never waits itself.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
