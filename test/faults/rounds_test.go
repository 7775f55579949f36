package faults

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// kinds are the ways a call of the provider goes wrong.
var kinds = map[string]trouble{
	"delay":      {Kind: "delay", DelayMS: 300},
	"reset":      {Kind: "reset"},
	"drop_reply": {Kind: "drop_reply"},
	"500":        {Kind: "status", Status: 500},
	"500_after":  {Kind: "status", Status: 500, After: true},
	"503":        {Kind: "status", Status: 503},
	"503_after":  {Kind: "status", Status: 503, After: true},
	"429":        {Kind: "status", Status: 429},
	"garbage":    {Kind: "garbage"},
	"slow_body":  {Kind: "slow_body", DelayMS: 300},
}

// victim is a call of the provider that a fault hits, and what has to happen
// so that the program makes it at all.
type victim struct {
	name, method, path string
	before             []trouble
	refused            bool // the provider refuses every message meanwhile
	canceled           bool // one of the starts is given up while the answer is out
}

var lostPut = trouble{Method: http.MethodPut, Path: put, Kind: "drop_reply", Times: 1}

var victims = []victim{
	{name: "create", method: http.MethodPost, path: create},
	{name: "put", method: http.MethodPut, path: put},
	{name: "send", method: http.MethodPost, path: send},
	{name: "group read", method: http.MethodGet, path: create + "/*", before: []trouble{lostPut}},
	{name: "group's messages", method: http.MethodGet, path: put, before: []trouble{lostPut}},
	{name: "message list", method: http.MethodGet, path: "/messages/v4/list"},
	{name: "delete", method: http.MethodDelete, path: create + "/*", refused: true},
	{name: "delete messages", method: http.MethodDelete, path: put, canceled: true, before: []trouble{
		lostPut, {Method: http.MethodGet, Path: create + "/*", Kind: "delay", DelayMS: 200, Times: 1},
	}},
}

const (
	startsOfRound = 4
	countEvery    = 25 // rounds
	recoverEvery  = 4  // rounds, of which one is waited for, to see how long it takes
	hitMost       = 250 * time.Millisecond
	killMost      = 150 * time.Millisecond
)

// TestFaults_NothingIsLostOrDoubled plays each kind of trouble on each call of
// the provider, and kills the program at random in every second round. The
// emulator and this test count, not the program.
func TestFaults_NothingIsLostOrDoubled(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("SINPYO_TEST_ROUNDS"))
	if err != nil || rounds < 1 {
		t.Skip("SINPYO_TEST_ROUNDS does not say how many rounds to play; make test does")
	}
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("SINPYO_TEST_SEED"), "1"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d", seed)
	provider := sandbox.New(sandbox.WithKey("NCSFAULTS0000002", "secret"), sandbox.WithBalance(1e9, 0),
		sandbox.WithCarrierDelay(5*time.Millisecond), sandbox.WithReportDelay(20*time.Millisecond))
	t.Cleanup(provider.Close)
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	p := &play{
		run: &run{
			t: t, program: newProgram(t, server.URL, "NCSFAULTS0000002", "secret"), provider: provider, url: server.URL,
		},
		chance: rand.New(rand.NewPCG(seed, 0)), rows: map[string]*row{},
	}
	p.process = p.program.start("")
	defer func() { p.process.kill() }()
	p.program.ready(p.process)
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range kinds {
			if !yield(name) {
				return
			}
		}
	})
	for i := range rounds {
		// Walk through all pairs before one comes again.
		p.round(names[i%len(names)], victims[(i+i/len(names))%len(victims)])
		if i%countEvery == countEvery-1 || i == rounds-1 {
			p.count()
		}
	}
	p.print(names)
}

// play is a run of rounds.
type play struct {
	*run
	chance  *rand.Rand
	process *process
	open    []round
	rows    map[string]*row
}

// round is what was asked for in one round.
type round struct {
	kind   string
	starts []start
	given  string // the id of the one that was given up
}

// row is a line of the table.
type row struct {
	injected, accepted, sent, doubled, lost, approved, wrong, twice int

	recovery time.Duration
	waits    []time.Duration
}

func (p *play) row(kind string) *row {
	if p.rows[kind] == nil {
		p.rows[kind] = &row{}
	}
	return p.rows[kind]
}

// round asks for several texts while a call goes wrong.
func (p *play) round(kind string, v victim) {
	if v.refused {
		for _, r := range p.open {
			p.rest(r) // what earlier rounds left must not be refused
		}
	}
	f := kinds[kind]
	f.Method, f.Path, f.Times = v.method, v.path, 1+p.chance.IntN(3)
	for _, b := range v.before {
		p.control("faults", b)
	}
	p.control("faults", f)
	if v.refused {
		p.control("senders", map[string]string{"phoneNumber": "0215770000", "status": "INACTIVE"})
	}
	var kill <-chan time.Time
	if p.chance.IntN(2) == 0 {
		kill = time.After(time.Duration(p.chance.Int64N(int64(killMost))))
	}
	r := round{kind: kind}
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		p.ask(&r, v)
	}()
	if kill != nil {
		<-kill
		p.process.kill()
	}
	<-asked
	if kill != nil {
		p.process = p.program.start("")
		p.program.ready(p.process)
	}
	left := p.unhit(f.Times)
	p.row(kind).injected += f.Times - left
	p.disarm()
	if p.chance.IntN(recoverEvery) == 0 {
		began := time.Now()
		p.rest(r)
		p.row(kind).recovery = max(p.row(kind).recovery, time.Since(began))
	}
	if v.refused {
		p.rest(r) // or what was refused would not be
		p.control("senders", map[string]string{"phoneNumber": "0215770000", "status": "ACTIVE"})
	}
	p.open = append(p.open, r)
}

// ask asks for the texts of a round at once, and gives one up if the victim
// wants it.
func (p *play) ask(r *round, v victim) {
	r.starts = make([]start, startsOfRound)
	waits := make([]time.Duration, startsOfRound)
	var wg sync.WaitGroup
	for i := range r.starts {
		p.next++
		r.starts[i] = start{number: fmt.Sprintf("010%08d", p.next), refused: v.refused}
		wg.Go(func() {
			var answer struct {
				ID string `json:"id"`
			}
			began := time.Now()
			status, err := p.program.call(http.MethodPost, "/v1/verifications",
				map[string]string{"to": r.starts[i].number, "purpose": "signup"}, &answer)
			switch {
			case status == http.StatusCreated && err == nil:
				r.starts[i].id, r.starts[i].answered = answer.ID, true
				waits[i] = time.Since(began)
			case status != 0 && status < 500:
				p.t.Errorf("a start was refused: %v", err)
			}
		})
	}
	wg.Wait()
	for i, wait := range waits {
		if r.starts[i].answered {
			p.row(r.kind).waits = append(p.row(r.kind).waits, wait)
		}
	}
	if v.canceled && r.starts[0].answered {
		r.given = r.starts[0].id
		_, _ = p.program.call(http.MethodPost, "/v1/verifications/"+r.given+"/cancel", struct{}{}, nil) // it may be dead
	}
}

// unhit waits a little for a fault to hit and returns how often it has not.
func (p *play) unhit(times int) (left int) {
	for began := time.Now(); time.Since(began) < hitMost; time.Sleep(5 * time.Millisecond) {
		var armed []trouble
		p.get("/sandbox/faults", &armed)
		if len(armed) == 0 {
			return 0
		}
		left = min(armed[len(armed)-1].Times, times)
	}
	return left
}

// rest waits until every message of a round has an end.
func (p *play) rest(r round) {
	for _, st := range r.starts {
		if st.answered {
			p.end(st)
		}
	}
}

// count lets the program come to rest and asks the emulator how many texts each
// number got.
func (p *play) count() {
	for _, r := range p.open {
		p.rest(r)
	}
	for _, r := range p.open {
		for _, st := range r.starts {
			p.countOne(p.row(r.kind), st, st.id != "" && st.id == r.given)
		}
	}
	p.open = nil
}

func (p *play) countOne(row *row, st start, given bool) {
	texts := p.provider.Handset(st.number)
	if len(texts) > 1 {
		row.doubled += len(texts) - 1
		p.t.Errorf("a number got %d texts", len(texts))
	}
	if !st.answered || given {
		return
	}
	row.accepted++
	row.sent += len(texts)
	if len(texts) == 0 {
		// A sender number that is switched off between put and send ends a text
		// at the provider.
		if status := p.end(st); !st.refused || status != "rejected" && status != "undelivered" {
			row.lost++
			p.t.Errorf("an answered start got no text; its message is %s", status)
		}
		return
	}
	p.tryCodes(row, st, texts[0].Text)
}

// tryCodes submits a wrong code, the right one, and the right one again.
func (p *play) tryCodes(row *row, st start, text string) {
	code := lastLine.FindStringSubmatch(text)
	if code == nil {
		p.t.Error("a text has no last line")
		return
	}
	right := code[1]
	wrong := right[:5] + string('0'+(right[5]-'0'+1)%10)
	for i, digits := range []string{wrong, right, right} {
		var v struct {
			Approved bool `json:"approved"`
		}
		_, err := p.program.call(http.MethodPost, "/v1/verifications/"+st.id+"/check", map[string]string{"code": digits}, &v)
		switch {
		case i == 0 && v.Approved:
			row.wrong++
		case i == 1 && v.Approved:
			row.approved++
		case i == 1:
			p.t.Errorf("a delivered code was not approved: %v", err)
		case i == 2 && v.Approved:
			row.twice++
		}
	}
}

// print writes the table, a line for each kind with "-" for what is not measured
// here, and fails for what must not be.
func (p *play) print(names []string) {
	for _, name := range names {
		r := p.row(name)
		slices.Sort(r.waits)
		p99 := "-"
		if n := len(r.waits); n > 0 {
			p99 = strconv.FormatInt(r.waits[n*99/100].Milliseconds(), 10)
		}
		p.t.Logf("fault=%s injected=%d accepted=%d sent=%d duplicated=%d lost=%d approved=%d approved_wrong=%d "+
			"approved_twice=%d budget_overshoot=- leaks=- recovery_s=%.1f p99_ms=%s", name, r.injected, r.accepted, r.sent,
			r.doubled, r.lost, r.approved, r.wrong, r.twice, r.recovery.Seconds(), p99)
		if r.doubled+r.lost+r.wrong+r.twice > 0 {
			p.t.Errorf("%s: duplicated %d, lost %d, approved_wrong %d, approved_twice %d, want none", name, r.doubled, r.lost, r.wrong, r.twice)
		}
	}
}

// get reads one of the emulator's own controls.
func (p *play) get(path string, out any) {
	p.t.Helper()
	resp, err := client.Get(p.url + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		p.t.Fatal(err)
	}
}

// disarm ends all faults.
func (p *play) disarm() { p.provider.Disarm("") }
