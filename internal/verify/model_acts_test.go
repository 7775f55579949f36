package verify_test

import (
	"errors"
	"time"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// modelVerification is one verification.
type modelVerification struct {
	id       string
	number   int
	app      string
	purpose  verify.Purpose
	binding  int
	lane     limit.Lane
	device   *modelDevice
	status   verify.Status
	attempts int
	sends    int
	created  time.Time
	sentAt   time.Time
	expires  time.Time
	approved time.Time
	queued   bool // its newest message has not left
}

// shown is the status as it reads at a time.
func (v *modelVerification) shown(now time.Time) verify.Status {
	if v.status == verify.Pending && !now.Before(v.expires) {
		return verify.Expired
	}
	return v.status
}

// answer is what a call comes to: a refusal with its wait, or a status.
type answer struct {
	code   string // of the refusal
	wait   time.Duration
	status verify.Status
	left   int // attempts
	length int // of the code

	or answerOr // what may be said as well
}

// answerOr is another way to refuse: a node that remembers a number's wait for a
// second asks neither its network nor its pending verifications.
type answerOr struct {
	code string
	wait time.Duration
}

// meets reports whether what was answered is what was wanted.
func (a answer) meets(want answer) bool {
	or := want.or
	want.or = answerOr{}
	return a == want || or.code != "" && a == refusal(or.code, or.wait)
}

func refusal(code string, wait time.Duration) answer { return answer{code: code, wait: wait} }

// number_limited with the time until a moment, never under a second.
func limited(until, now time.Time) answer {
	return refusal("number_limited", max(until.Sub(now), time.Second))
}

// answered reads what the house answered; an error that is no refusal stays.
func answered(v verify.Verification, err error) (answer, error) {
	if e := fault.As(err); e != nil {
		wait := e.RetryAfter
		if errors.Is(err, limit.ErrChallenge) {
			wait = 0
		}
		return refusal(e.Code, wait), nil
	}
	return answer{status: v.Status, left: v.AttemptsLeft, length: v.CodeLength}, err
}

// remembered is what a node says that was told to wait until free.
func remembered(free, now time.Time) answerOr {
	if !free.After(now) {
		return answerOr{}
	}
	return answerOr{"number_limited", max(free.Sub(now), time.Second)}
}

// model is one history's world: its numbers, browsers, networks and
// verifications, which no other history touches.
type model struct {
	numbers  []*modelNumber
	devices  []*modelDevice // one per number
	networks []*modelNetwork
	all      []*modelVerification
}

// modelStart is a start as a history draws it.
type modelStart struct {
	number, network, binding int // network -1: not known
	app                      string
	purpose                  verify.Purpose
	trusted, solved          bool
}

// start decides a start.
func (m *model) start(s modelStart, now time.Time) (want answer, made *modelVerification) {
	number, device := m.numbers[s.number], m.devices[s.number]
	lane := limit.Open
	switch {
	case s.purpose == verify.Recovery:
		lane = limit.Recovering
	case s.trusted:
		lane = limit.Trusted
	}
	challenged := s.network >= 0 && !s.solved && !m.networks[s.network].admits(s.number, now)
	if lane == limit.Trusted && !challenged {
		switch {
		case number.locked(lane):
			return refusal("number_locked", 0), nil
		case freeSends(device.sent, modelDeviceSends).After(now) || freeOf(device.wrong).After(now):
			lane = limit.Open
		default:
			return m.begin(s, lane, now)
		}
	}
	if challenged {
		want := refusal("network_limited", 0)
		if free := freeSends(number.sent, modelSends); lane != limit.Trusted && free.After(now) {
			want.or = remembered(free, now)
		}
		return want, nil
	}
	pending, first := number.pending(now)
	for _, lane := range lanesFrom(lane) {
		var until time.Time
		var or answerOr
		switch free, wrong := freeSends(number.sent, modelSends), number.freeWrong(lane); {
		case number.locked(lane):
			want := refusal("number_locked", 0)
			want.or = remembered(free, now)
			return want, nil
		case free.After(now):
			until, or = free, remembered(free, now)
		case wrong.After(now) && lane == limit.Open:
			continue
		case wrong.After(now):
			until = wrong
			if open := number.freeWrong(limit.Open); open.Before(wrong) {
				until = open
			}
		case pending >= 3:
			until = now.Add(time.Second)
		default:
			return m.begin(s, lane, now)
		}
		if pending >= 3 {
			until = later(until, first)
		}
		want := limited(until, now)
		want.or = or
		return want, nil
	}
	panic("a start ends in its last lane")
}

// lanesFrom are the lanes that a start tries, one after the other.
func lanesFrom(lane limit.Lane) []limit.Lane {
	if lane == limit.Open {
		return []limit.Lane{limit.Open, limit.Long}
	}
	return []limit.Lane{lane}
}

// begin writes an admitted start.
func (m *model) begin(s modelStart, lane limit.Lane, now time.Time) (answer, *modelVerification) {
	number, device := m.numbers[s.number], m.devices[s.number]
	v := &modelVerification{
		number: s.number, app: s.app, purpose: s.purpose, binding: s.binding, lane: lane, status: verify.Pending,
		sends: 1, created: now, sentAt: now, expires: now.Add(5 * time.Minute), queued: true,
	}
	length := 6
	switch lane {
	case limit.Long:
		length = 10
	case limit.Recovering:
		length, v.expires = 10, now.Add(10*time.Minute)
	}
	m.supersede(number.subjects, v, now)
	if s.trusted {
		v.device = device
		m.supersede(device.subjects, v, now)
	}
	if s.network >= 0 {
		w := m.networks[s.network]
		w.sent = append(w.sent, struct {
			at     time.Time
			number int
		}{now, s.number})
	}
	if lane == limit.Trusted {
		number.known = true
		device.sent = append(device.sent, now)
		device.subjects = append([]*modelVerification{v}, device.subjects...)
		device.subjects = device.subjects[:min(len(device.subjects), 3)]
	} else {
		number.send(v, now)
	}
	m.all = append(m.all, v)
	return answer{status: verify.Pending, left: 5, length: length}, v
}

// supersede ends what the same browser began before for the same thing.
func (m *model) supersede(subjects []*modelVerification, by *modelVerification, now time.Time) {
	for _, v := range subjects {
		if v.shown(now) == verify.Pending && v.binding == by.binding && v.app == by.app && v.purpose == by.purpose && by.binding > 0 {
			v.status = verify.Superseded
		}
	}
}

// check decides a check of a right or a wrong code.
func (m *model) check(v *modelVerification, binding int, right bool, now time.Time) answer {
	length := 6
	if v.lane == limit.Long || v.lane == limit.Recovering {
		length = 10
	}
	shown := func() answer {
		return answer{status: v.shown(now), left: 5 - v.attempts, length: length}
	}
	if binding != v.binding {
		return refusal("binding_mismatch", 0)
	}
	if v.shown(now) != verify.Pending {
		return shown()
	}
	number := m.numbers[v.number]
	free := number.freeWrong(v.lane)
	if v.lane == limit.Trusted {
		free = freeOf(v.device.wrong)
	}
	switch {
	case number.locked(v.lane):
		return refusal("number_locked", 0)
	case free.After(now):
		return limited(free, now)
	}
	v.attempts++
	if right {
		v.status, v.approved = verify.Approved, now
		number.inRow, number.recovery = 0, 0
		return shown()
	}
	switch v.lane {
	case limit.Open:
		addTo(number.open, now)
		number.wrongOpen = append(number.wrongOpen, now)
	case limit.Long:
		addTo(number.long, now)
		number.wrongLong = append(number.wrongLong, now)
	case limit.Trusted:
		addTo(v.device.wrong, now)
	}
	if v.lane == limit.Recovering {
		number.recovery++
	} else {
		number.inRow++
	}
	if v.attempts == 5 {
		v.status = verify.Locked
	}
	return shown()
}

// resend decides a resend.
func (m *model) resend(v *modelVerification, binding int, now time.Time) answer {
	waits := []time.Duration{30 * time.Second, time.Minute}
	if binding != v.binding {
		return refusal("binding_mismatch", 0)
	}
	most := v.created.Add(10 * time.Minute)
	expires := now.Add(5 * time.Minute)
	if expires.After(most) {
		expires = most
	}
	expires = later(expires, v.expires)
	number := m.numbers[v.number]
	free := freeSends(number.sent, modelSends)
	if v.lane == limit.Trusted {
		free = freeSends(v.device.sent, modelDeviceSends)
	}
	switch wait := v.sentAt.Add(waits[min(v.sends, 2)-1]).Sub(now); {
	case v.shown(now) != verify.Pending:
		return refusal("verification_ended", 0)
	case v.sends == 3:
		return refusal("resends_spent", 0)
	case expires.Sub(now) < 90*time.Second:
		return refusal("resend_too_late", 0)
	case wait > 0:
		return refusal("resend_too_soon", wait)
	case v.queued:
	case number.locked(v.lane):
		return refusal("number_locked", 0)
	case free.After(now):
		return limited(free, now)
	default:
		v.sends++
		v.sentAt, v.expires, v.queued = now, expires, true
		if v.lane == limit.Trusted {
			v.device.sent = append(v.device.sent, now)
			v.device.subjects = append([]*modelVerification{v}, v.device.subjects...)
			v.device.subjects = v.device.subjects[:min(len(v.device.subjects), 3)]
		} else {
			number.send(v, now)
		}
	}
	length := 6
	if v.lane == limit.Long || v.lane == limit.Recovering {
		length = 10
	}
	return answer{status: verify.Pending, left: 5 - v.attempts, length: length}
}

// cancel decides a cancellation.
func (m *model) cancel(v *modelVerification, binding int, now time.Time) answer {
	switch {
	case binding != v.binding:
		return refusal("binding_mismatch", 0)
	case v.shown(now) != verify.Pending:
		return refusal("verification_ended", 0)
	}
	v.status = verify.Canceled
	return answer{status: verify.Canceled}
}

// redeem decides the use of an approval.
func (m *model) redeem(v *modelVerification, binding int, now time.Time) answer {
	if binding != v.binding || v.status != verify.Approved || now.Sub(v.approved) >= 30*time.Minute {
		return refusal("verification_not_approved", 0)
	}
	v.status = verify.Redeemed
	return answer{status: verify.Redeemed}
}

// clear gives a number everything back.
func (m *model) clear(number int) {
	n, d := newModelNumber(), newModelDevice()
	n.known, n.subjects = m.numbers[number].known, m.numbers[number].subjects
	*m.numbers[number] = *n
	d.subjects = m.devices[number].subjects
	*m.devices[number] = *d
}
