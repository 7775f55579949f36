package sandbox

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kinds of Fault.
const (
	FaultStatus    = "status"     // answers Status; the call takes no effect, or does with After
	FaultDelay     = "delay"      // waits, then performs the call
	FaultReset     = "reset"      // the connection dies before the call takes effect
	FaultDropReply = "drop_reply" // the call takes effect, then the connection dies
	FaultGarbage   = "garbage"    // the call takes effect, its answer is not JSON
	FaultSlowBody  = "slow_body"  // the call takes effect, its answer drips

	// These hit the calls to webhooks instead. Path is that of the webhook's
	// address; each delivery is hit once, however often it is tried.
	FaultHookDuplicate = "webhook_duplicate" // the call is made twice
	FaultHookReorder   = "webhook_reorder"   // the call lets the next one pass, or waits 10 s for it
	FaultHookLate      = "webhook_late"      // the call is made after DelayMS
	FaultHookLose      = "webhook_lose"      // the call is never made
	FaultHookForge     = "webhook_forge"     // the call carries a wrong secret
)

// Fault is something that goes wrong on purpose with calls to the provider's
// surface, or with the provider's calls to a webhook.
type Fault struct {
	ID string `json:"id"` // given by Arm
	// Method is the HTTP method; empty is any.
	Method string `json:"method"`
	// Path is a glob: * stands for anything but a slash, ** for anything; empty
	// is every path.
	Path string `json:"path"`
	Kind string `json:"kind"`
	// Status, with Kind status, is answered with ErrorCode (or the code that
	// goes with the status) and, above 0, Retry-After in seconds.
	Status     int    `json:"status,omitempty"`
	ErrorCode  string `json:"errorCode,omitempty"`
	RetryAfter int    `json:"retry_after,omitempty"`
	// After, with Kind status, lets the call take effect before the answer.
	After bool `json:"after,omitempty"`
	// DelayMS is the time of delay, slow_body and webhook_late, at most ten minutes.
	DelayMS int `json:"delay_ms,omitempty"`
	// Times is how many calls it still hits; 0 when arming means once, below 0
	// means until it is disarmed.
	Times int `json:"times"`
	// Probability is how likely a matching call is hit; 0 when arming means 1.
	Probability float64 `json:"probability"`

	preset string // the button of the page that armed it
}

func (f *Fault) delay() time.Duration { return time.Duration(f.DelayMS) * time.Millisecond }

// complete fills the defaults in and reports what is wrong.
func (f *Fault) complete() error {
	f.Method = strings.ToUpper(f.Method)
	if f.Times == 0 {
		f.Times = 1
	}
	if f.Probability == 0 {
		f.Probability = 1
	}
	switch f.Kind {
	case FaultStatus, FaultDelay, FaultReset, FaultDropReply, FaultGarbage, FaultSlowBody,
		FaultHookDuplicate, FaultHookReorder, FaultHookLate, FaultHookLose, FaultHookForge:
	default:
		return errValidation.because("kind: status, delay, reset, drop_reply, garbage, slow_body, " +
			"webhook_duplicate, webhook_reorder, webhook_late, webhook_lose or webhook_forge")
	}
	_, badGlob := path.Match(strings.ReplaceAll(f.Path, "**", "*"), "")
	switch {
	case badGlob != nil:
		return errValidation.because("path: not a glob")
	case f.Kind == FaultStatus && (f.Status < 200 || f.Status > 599):
		return errValidation.because("status: 200 to 599")
	case f.DelayMS < 0 || f.DelayMS > 600_000:
		return errValidation.because("delay_ms: 0 to 600000")
	case math.IsNaN(f.Probability) || f.Probability < 0 || f.Probability > 1:
		return errValidation.because("probability: 0 to 1")
	}
	return nil
}

// answer is what a status fault says instead of the endpoint.
func (f *Fault) answer() answer {
	code := f.ErrorCode
	if code == "" {
		code = map[int]string{
			http.StatusUnauthorized: errUnauthorized.code, http.StatusPaymentRequired: errBalance.code,
			http.StatusForbidden: "Forbidden", http.StatusNotFound: errNoResource.code,
			http.StatusTooManyRequests: "TooManyRequests", http.StatusInternalServerError: errInternal.code,
		}[f.Status]
	}
	if code == "" {
		code = "HTTP_" + strconv.Itoa(f.Status)
	}
	a := refuse(&refusal{f.Status, code, "일부러 낸 오류입니다."})
	a.retryAfter = f.RetryAfter
	return a
}

// matches compares a call with the fault. In a glob with ** each of its parts
// must appear in order, the first at the start and the last at the end.
func (f *Fault) matches(method, p string) bool {
	if f.Method != "" && f.Method != "*" && f.Method != method {
		return false
	}
	glob := strings.TrimRight(f.Path, "/")
	if glob == "" || glob == "**" {
		return true
	}
	if before, after, deep := strings.Cut(glob, "**"); deep {
		return strings.HasPrefix(p, before) && deepMatch(after, p[len(before):])
	}
	ok, _ := path.Match(glob, p) // the glob was checked when it was armed
	return ok
}

func deepMatch(glob, p string) bool {
	part, rest, more := strings.Cut(glob, "**")
	if !more {
		return strings.HasSuffix(p, part)
	}
	i := strings.Index(p, part)
	return i >= 0 && deepMatch(rest, p[i+len(part):])
}

// faultBook is the armed faults, in the order they were armed.
type faultBook struct {
	mu     sync.Mutex
	armed  []*Fault
	count  int
	chance *bufio.Reader
}

func newFaultBook(chance io.Reader) *faultBook {
	return &faultBook{chance: bufio.NewReaderSize(chance, 64)}
}

// draw returns the fault that hits a call, counted down, or nil.
func (b *faultBook) draw(method, p string) *Fault { return b.drawOne(false, method, p) }

// drawHook is draw for a call to a webhook.
func (b *faultBook) drawHook(p string) *Fault { return b.drawOne(true, http.MethodPost, p) }

func (b *faultBook) drawOne(hook bool, method, p string) *Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, f := range b.armed {
		if strings.HasPrefix(f.Kind, "webhook_") != hook || !f.matches(method, p) || !b.hit(f.Probability) {
			continue
		}
		hit := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				b.armed = append(b.armed[:i:i], b.armed[i+1:]...)
			}
		}
		return &hit
	}
	return nil
}

func (b *faultBook) hit(probability float64) bool {
	if probability >= 1 {
		return true
	}
	var raw [8]byte
	if _, err := io.ReadFull(b.chance, raw[:]); err != nil {
		return false // no chance, no fault
	}
	return float64(binary.BigEndian.Uint64(raw[:])>>11)/(1<<53) < probability
}

func (b *faultBook) arm(f Fault) Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	f.ID = "fault_" + strconv.Itoa(b.count)
	if len(b.armed) >= 1000 {
		b.armed = b.armed[1:]
	}
	b.armed = append(b.armed, &f)
	return f
}

// disarm takes away one fault, or all with an empty id.
func (b *faultBook) disarm(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var rest []*Fault
	for _, f := range b.armed {
		if id != "" && f.ID != id {
			rest = append(rest, f)
		}
	}
	b.armed = rest
}

func (b *faultBook) list() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Fault, len(b.armed))
	for i, f := range b.armed {
		out[i] = *f
	}
	return out
}

// decodeStrict reads a control body and refuses unknown fields, so that a
// mistyped one does not pass for a default.
func decodeStrict(body io.Reader, v any) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return errValidation.because(err.Error())
	}
	return nil
}
