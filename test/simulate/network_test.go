//go:build crashpoints

package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/sandbox"
)

// wire is what was seen between the programs and the provider.
type wire struct {
	texts map[string]*text // by our id
	order []*text
	late  []*http.Request // calls nobody waits for any more, which still come
}

// text is a message as the provider got to know it.
type text struct {
	ours    string
	code    string   // in its last line
	to      string   // digits
	ids     []string // the provider's, of those it took in
	refused bool     // it said no at least once
}

// The ways in which a call goes wrong.
const (
	allWell  = iota
	noDial   // there is no connection
	reset    // the connection breaks before the call has an effect
	refuse   // an error of the provider, without effect
	noAnswer // nothing comes back, and nothing happens, until the call's time is over
	lateCall // the same, but the call comes later
	lost     // it has its effect, the answer is lost
	garbage  // it has its effect, the answer makes no sense
	failure  // it has its effect, the answer is an error
	silence  // it has its effect, nothing comes back until the call's time is over
	ways
)

var wayNames = [ways]string{"well", "no dial", "reset", "refused", "no answer", "comes late", "answer lost", "garbage", "failed after", "silence"}

// RoundTrip is the way of a program's calls to the provider.
func (n *node) RoundTrip(r *http.Request) (*http.Response, error) {
	w, way := n.w, allWell
	name := r.Method + " " + shape(r.URL.Path)
	if !w.quiet && w.oneIn(w.loseAt) {
		way = 1 + w.chance.IntN(ways-1)
		w.fault("call: " + wayNames[way])
	}
	w.note("%s calls %s (%s)", n, name, wayNames[way])
	again := keep(r)
	if !w.quiet && w.oneIn(2) {
		n.underWay(name, again)
	}
	if err := r.Context().Err(); err != nil {
		if w.oneIn(2) {
			w.late = append(w.late, again())
		}
		return nil, err
	}
	switch way {
	case noDial:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case reset:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case refuse:
		return w.answer(r, []int{500, 502, 503, 429, 401}[w.chance.IntN(5)]), nil
	case lateCall:
		w.late = append(w.late, again())
		return nil, w.expire(r)
	case noAnswer:
		return nil, w.expire(r)
	}
	res, err := w.take(again())
	if err != nil {
		w.wrong("the emulator failed: %v", err)
	}
	if !w.quiet && w.oneIn(2) {
		w.park("answered " + name)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	switch way {
	case lost:
		return nil, io.EOF
	case garbage:
		res.Body = io.NopCloser(strings.NewReader(`{"groupId":"G4V<!doctype html>`))
		res.StatusCode, res.ContentLength = http.StatusOK, -1
	case failure:
		return w.answer(r, []int{500, 503}[w.chance.IntN(2)]), nil
	case silence:
		return nil, w.expire(r)
	}
	return res, nil
}

// underWay lets others go on while a call is on its way. One whose program is
// killed meanwhile may still come.
func (n *node) underWay(name string, again func() *http.Request) {
	defer func() {
		if n.dead && n.w.oneIn(2) {
			n.w.late = append(n.w.late, again())
		}
	}()
	n.w.park("calling " + name)
}

// expire waits until the time of a call is over.
func (w *world) expire(r *http.Request) error {
	if w.oneIn(2) {
		for r.Context().Err() == nil { // others go on in the meantime
			w.park("waiting")
			if w.quiet {
				break
			}
		}
	}
	<-r.Context().Done()
	w.calm()
	return r.Context().Err()
}

// keep returns a function that makes the same call anew.
func keep(r *http.Request) func() *http.Request {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body) // it lies in memory
		_ = r.Body.Close()
	}
	return func() *http.Request {
		c := r.Clone(context.Background())
		c.Body, c.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return c
	}
}

// answer is a refusal without effect.
func (w *world) answer(r *http.Request, status int) *http.Response {
	body := `{"errorCode":"InternalError","errorMessage":"simulated"}`
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// take brings a call to the provider and notes what it took in.
func (w *world) take(r *http.Request) (*http.Response, error) {
	puts := r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/messages")
	var body []byte
	if puts {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	res, err := w.provider.RoundTrip(r)
	if err != nil || !puts || res.StatusCode != http.StatusOK {
		return res, err
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(answer))
	var asked struct {
		Messages []coolsms.Message `json:"messages"`
	}
	var got struct {
		ResultList []struct {
			MessageID  string             `json:"messageId"`
			StatusCode coolsms.StatusCode `json:"statusCode"`
		} `json:"resultList"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return nil, err
	}
	for i, m := range asked.Messages {
		w.textOf(m).put(got.ResultList[i].MessageID, got.ResultList[i].StatusCode)
	}
	return res, nil
}

func (w *world) textOf(m coolsms.Message) *text {
	ours := m.CustomFields["id"]
	t := w.texts[ours]
	if t == nil {
		_, code, _ := strings.Cut(m.Text, "#")
		t = &text{ours: ours, code: code, to: m.To}
		w.texts[ours] = t
		w.order = append(w.order, t)
	}
	return t
}

func (t *text) put(id string, code coolsms.StatusCode) {
	if code.Class() == coolsms.ClassRejected {
		t.refused = t.refused || code != "1026" // which is one that is in the group already
		return
	}
	t.ids = append(t.ids, id)
}

// left returns how often a text has left for a phone, and whether it is there.
func (w *world) left(t *text) (times int, arrived bool) {
	if t == nil {
		return 0, false
	}
	for _, m := range w.provider.Handset(t.to) {
		if slices.Contains(t.ids, m.MessageID) {
			times++
			arrived = arrived || m.ReceivedAt != nil
		}
	}
	return times, arrived
}

// shape is a path without ids.
func shape(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if len(p) > 20 {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// lateCallComes lets the provider have a call that nobody waits for any more.
func (w *world) lateCallComes() {
	if len(w.late) == 0 {
		return
	}
	i := w.chance.IntN(len(w.late))
	r := w.late[i]
	w.late = slices.Delete(w.late, i, i+1)
	w.note("comes late: %s %s", r.Method, shape(r.URL.Path))
	w.fault("late call")
	if _, err := w.take(r); err != nil {
		w.wrong("the emulator failed: %v", err)
	}
}

// fates decides numbers that are not delivered to, or late.
func (w *world) fates() {
	for i := range w.numbers {
		f := sandbox.Fate{To: national(i)}
		switch w.chance.IntN(12) {
		case 0:
			f.StatusCode, f.Times = "1014", 1 // refused at the door
		case 1:
			f.StatusCode, f.Times = "3104", 1 // undelivered
		case 2:
			ms := 20_000 + w.chance.IntN(60_000)
			f.ReportMS = &ms
		default:
			continue
		}
		if err := w.provider.Decide(f); err != nil {
			w.t.Fatal(err)
		}
		w.note("number %d: fate %q, late %v", i, f.StatusCode, f.ReportMS != nil)
	}
}

// report lets a program hear of a message: late, twice, or what is not so.
func (w *world) report(n *node) {
	if len(w.order) == 0 {
		return
	}
	t := w.order[w.chance.IntN(len(w.order))]
	r := &coolsms.Report{MessageID: "M4V-made-up", StatusCode: "4000", CustomFields: map[string]string{"id": t.ours}}
	if len(t.ids) > 0 && !w.oneIn(4) {
		r.MessageID = t.ids[w.chance.IntN(len(t.ids))]
	} else {
		r.StatusCode = "3104"
	}
	w.fault("report")
	for range 1 + w.chance.IntN(2) {
		_ = n.outbox.Report(context.Background(), &coolsms.WebhookDelivery{Items: []coolsms.WebhookItem{{Report: r}}}) // it is a hint
	}
	if w.oneIn(2) {
		n.outbox.Watch(t.ours)
	}
}

// unsettle changes what the provider's account allows.
func (w *world) unsettle() {
	switch w.chance.IntN(3) {
	case 0:
		w.fault("sender number")
		status := []string{"INACTIVE", "ACTIVE"}[w.chance.IntN(2)]
		w.note("the sender number is %s", status)
		w.register(senderNumber, status)
	case 1:
		w.fault("money")
		won := []int64{0, price, wonOfAccount}[w.chance.IntN(3)]
		w.note("the account has %d won", won)
		w.provider.SetMoney(sandbox.Account{Balance: won})
	case 2:
		w.fault("quota")
		left := []int{0, 1000}[w.chance.IntN(2)]
		w.note("the day's quota is %d", left)
		if err := w.provider.SetQuota(sandbox.Quota{Quota: left, Overseas: left}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// restore gives the account everything back.
func (w *world) restore() {
	w.register(senderNumber, "ACTIVE")
	w.provider.SetMoney(sandbox.Account{Balance: wonOfAccount})
	if err := w.provider.SetQuota(sandbox.Quota{Quota: 1000, Overseas: 1000}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) register(number, status string) {
	if err := w.provider.Register(sandbox.Sender{PhoneNumber: number, Status: status}); err != nil {
		w.t.Fatal(err)
	}
}
