package verify

import "sync"

// recentMost is how many verifications are remembered.
const recentMost = 1024

// recent remembers the verifications that this process started lately: what
// of them never changes while they are pending, and that they were approved
// here. A check and the act after it then need not read them again. It decides
// nothing: that is done by the guarded updates, and whatever they refuse is
// looked up in the database.
type recent struct {
	mu   sync.Mutex
	rows map[string]row
	ring [recentMost]string // ids in the order they came; the oldest is replaced
	next int
}

func newRecent() *recent { return &recent{rows: make(map[string]row)} }

func (r *recent) add(v row) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.rows, r.ring[r.next])
	r.ring[r.next] = v.ID
	r.next = (r.next + 1) % recentMost
	r.rows[v.ID] = v
}

// get returns a remembered verification of the application that ref names.
func (r *recent) get(ref Ref) (row, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.rows[ref.ID]
	return v, ok && v.ApplicationID == ref.ApplicationID
}

// approve notes that a verification was approved, once that is committed.
func (r *recent) approve(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.rows[id]; ok {
		v.Status, v.mac, v.sealed = Approved, nil, nil
		r.rows[id] = v
	}
}

// forget gives up what may not be true any more.
func (r *recent) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.rows, id)
}
