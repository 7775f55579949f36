package demo

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2" //nolint:depguard // what is made up is to be the same for the same seed
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// daily says how busy each hour of a day in Seoul is, the first after midnight.
var daily = [24]float64{
	2.2, 1.4, 0.9, 0.7, 0.7, 1.0, 1.9, 3.4, 5.0, 5.8, 6.2, 6.0, 6.4, 6.1, 5.8, 5.7, 5.6, 5.8, 6.0, 6.3, 6.6, 6.4, 5.2, 3.6,
}

// weekly does the same for the days of a week, from Monday on.
var weekly = [7]float64{1.05, 1.02, 1, 1, 1.03, 0.92, 0.88}

// shares of a hundred, in the order in which they are drawn.
var (
	purposes = []chance[verify.Purpose]{
		{36, verify.Signup}, {48, verify.Login}, {3, verify.Recovery}, {3, verify.NumberChange}, {10, verify.API},
	}
	senders  = map[verify.Purpose]string{verify.Login: "07000001234"} // and for all others otherSender
	carriers = []chance[string]{{40, "SKT"}, {29, "KTF"}, {23, "LGT"}, {8, "ETC"}}
	failures = []chance[string]{{38, "3043"}, {24, "3042"}, {16, "3040"}, {10, "3045"}, {7, "3032"}, {5, "3053"}}
)

// Of a hundred things, how many turn out so.
const (
	undelivered = 2.9
	rejected    = 0.2
	neverHeard  = 0.1
	dropped     = 0.2
	enteredOf   = 86.0 // of the codes that arrived
	resentLate  = 6.0  // of those that arrived
	resentLost  = 45.0 // of those that did not
	avoided     = 22.0 // sign-ins with a passkey, of those with a text
	pumped      = 60.0 // of the texts of the hour in which somebody pumps
)

// otherSender is what a text was sent from whose purpose has no sender number of
// its own. Like the numbers, nobody has it.
const otherSender = "0200001234"

// pumpedAgo is when somebody pumps texts to a block of numbers: it shows in the
// blocks and nowhere else.
const pumpedAgo = 3*24 + 10

// chance is a value with its share.
type chance[T any] struct {
	share float64
	value T
}

// maker draws the hours one after the other.
type maker struct {
	Options
	now      db.Time
	hour     int64   // the next one
	last     int64   // the hour of now
	weight   float64 // of all hours that are left
	left     int     // messages
	keptFrom db.Time // verifications and events from before are erased already
	ids      *rand.Rand
	signups  int     // members so far
	pending  []event // of hours to come
}

func newMaker(o Options, now db.Time) *maker {
	m := &maker{Options: o, now: now, left: o.Messages, keptFrom: now.Add(-time.Duration(o.Kept) * 24 * time.Hour)}
	m.ids = rand.New(rand.NewPCG(o.Seed, 1)) // #nosec G404 -- made-up data are to be the same for the same seed
	m.last = now.Std().Unix() / 3600
	m.hour = m.last - int64(max(o.Days, 1))*24 + 1
	for hour := m.hour; hour <= m.last; hour++ {
		m.weight += m.weightOf(hour)
	}
	return m
}

func (m *maker) more() bool { return m.hour <= m.last }

// weightOf says how busy an hour is, among all. The one that goes on counts as
// far as it has come.
func (m *maker) weightOf(hour int64) float64 {
	seoul := time.Unix(hour*3600, 0).In(seoulTime)
	noise := rand.New(rand.NewPCG(m.Seed, uint64(hour))) // #nosec G115 G404 -- see newMaker
	w := daily[seoul.Hour()] * weekly[(int(seoul.Weekday())+6)%7] * (0.9 + 0.2*noise.Float64())
	if hour == m.last {
		w *= float64(m.now.Sub(startOf(hour))) / float64(time.Hour)
	}
	return w
}

var seoulTime = time.FixedZone("KST", 9*60*60)

func startOf(hour int64) db.Time { return db.At(time.Unix(hour*3600, 0)) }

// next draws the next hour.
func (m *maker) next() *madeHour {
	weight := m.weightOf(m.hour)
	n := m.left
	if m.hour < m.last {
		n = int(math.Round(float64(m.left) * weight / m.weight))
	}
	m.weight -= weight
	m.left -= n
	d := &draw{
		maker: m, h: &madeHour{hour: m.hour}, begin: startOf(m.hour), end: min(startOf(m.hour+1), m.now),
		r: rand.New(rand.NewPCG(m.Seed^0x5eed, uint64(m.hour))), // #nosec G115 G404 -- see newMaker
	}
	at := make([]db.Time, n)
	for i := range at {
		at[i] = d.begin + db.Time(d.r.Int64N(max(int64(d.end-d.begin), 1)))
	}
	slices.Sort(at)
	for _, at := range at {
		if len(d.h.messages) == n {
			break // texts that were asked for again are among them
		}
		d.verification(at, n)
	}
	for len(d.h.messages) < n {
		d.verification(d.end-1, n)
	}
	m.finish(d.h, d.end)
	m.hour++
	return d.h
}

// finish puts the rows of an hour in order and gives it the events whose time has
// come.
func (m *maker) finish(h *madeHour, end db.Time) {
	order := make([]int, len(h.messages))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(h.messages[a].ID, h.messages[b].ID) })
	messages, entered := make([]outbox.Past, len(order)), make([]db.Time, len(order))
	for i, from := range order {
		messages[i], entered[i] = h.messages[from], h.entered[from]
	}
	h.messages, h.entered = messages, entered
	slices.SortFunc(m.pending, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.VerificationID, b.VerificationID), cmp.Compare(a.Kind, b.Kind))
	})
	come, _ := slices.BinarySearchFunc(m.pending, end, func(e event, end db.Time) int { return cmp.Compare(e.at, end) })
	h.events = slices.Clone(m.pending[:come])
	m.pending = slices.Delete(m.pending, 0, come)
	for _, e := range h.events {
		if e.Kind == audit.SignedIn && e.Detail == "passkey" {
			h.passkeys++
		}
	}
}

// draw is an hour that is being drawn.
type draw struct {
	*maker
	h          *madeHour
	r          *rand.Rand
	begin, end db.Time
}

func pick[T any](r *rand.Rand, of []chance[T]) T {
	x := r.Float64() * 100
	for _, c := range of {
		if x -= c.share; x < 0 {
			return c.value
		}
	}
	return of[len(of)-1].value
}

func (d *draw) happens(ofHundred float64) bool { return d.r.Float64()*100 < ofHundred }

// seconds draws a time around a median, seldom far from it.
func (d *draw) seconds(median, spread float64) time.Duration {
	return time.Duration(median * math.Exp(spread*d.r.NormFloat64()) * float64(time.Second))
}

func (d *draw) newID(kind string, at db.Time) string {
	var random [10]byte
	binary.BigEndian.PutUint64(random[:], d.ids.Uint64())
	return id.At(kind, at.Std(), random)
}

// verification draws a verification with its texts, as long as the hour has less
// than so many.
func (d *draw) verification(at db.Time, most int) {
	v := verify.Past{
		ID: d.newID("ver", at), ApplicationID: d.ApplicationID, Purpose: pick(d.r, purposes), Locale: "ko", Status: verify.Expired,
		CreatedAt: at, SentAt: at, Sends: 1,
	}
	if d.happens(8) {
		v.Locale = "en"
	}
	person := d.person(&v)
	v.To = numberOf(person)
	pumping := d.hour == d.last-pumpedAgo && d.happens(pumped)
	if pumping {
		v.Purpose, v.To = verify.Signup, numberOf(-1-d.r.IntN(10_000))
	}
	d.event(v, at, audit.Started, "")
	last := d.text(&v, at)
	for v.Sends < 3 && len(d.h.messages) < most && d.asksAgain(last) {
		next := v.SentAt.Add(30*time.Second + d.seconds(25, 0.5))
		if next >= d.end {
			break
		}
		v.Sends, v.SentAt = v.Sends+1, next
		d.event(v, next, audit.Resent, "")
		last = d.text(&v, next)
	}
	d.answer(&v, last, pumping)
	if v.CreatedAt >= d.keptFrom {
		d.h.verifications = append(d.h.verifications, v)
	}
	if v.Purpose == verify.Login && d.happens(avoided) {
		d.tell(event{at, audit.Event{Kind: audit.SignedIn, ApplicationID: d.ApplicationID, UserID: memberID(d.Seed, person), Detail: "passkey"}})
	}
}

// person draws whose number it is: somebody new, or a member.
func (d *draw) person(v *verify.Past) int {
	if v.Purpose == verify.Signup || d.signups == 0 {
		if v.Purpose != verify.API {
			v.Purpose = verify.Signup
		}
		return d.signups
	}
	return d.r.IntN(d.signups)
}

// asksAgain draws whether somebody asks for the text again.
func (d *draw) asksAgain(last *outbox.Past) bool {
	if last.Status == outbox.Delivered {
		return d.happens(resentLate)
	}
	return d.happens(resentLost)
}

// text draws a text of a verification and what becomes of it.
func (d *draw) text(v *verify.Past, at db.Time) *outbox.Past {
	p := outbox.Past{
		ID: d.newID("msg", at), ApplicationID: v.ApplicationID, VerificationID: v.ID, Purpose: string(v.Purpose), To: v.To,
		CreatedAt: at, Cost: d.Price,
	}
	v.MessageID = p.ID
	accepted := at.Add(d.seconds(0.35, 0.4))
	switch x := d.r.Float64() * 100; {
	case x < dropped:
		p.Status, p.EndedAt, p.Cost = outbox.Dropped, accepted, 0
	case x < dropped+rejected:
		p.Status, p.StatusCode, p.EndedAt, p.Cost = outbox.Rejected, "1058", accepted, 0
	case x < dropped+rejected+neverHeard && at < d.now.Add(-73*time.Hour):
		p.Status, p.StatusCode, p.AcceptedAt, p.EndedAt = outbox.Unknown, "2000", accepted, accepted.Add(72*time.Hour)
	case x < dropped+rejected+neverHeard+undelivered:
		p.Status, p.StatusCode = outbox.Undelivered, pick(d.r, failures)
		p.AcceptedAt, p.EndedAt = accepted, accepted.Add(d.seconds(25, 1))
	default:
		p.Status, p.StatusCode, p.AcceptedAt = outbox.Delivered, "4000", accepted
		p.ReceivedAt = accepted.Add(d.seconds(2.6, 0.6))
		p.EndedAt = p.ReceivedAt.Add(d.seconds(0.8, 0.3))
	}
	if p.AcceptedAt != 0 {
		p.ProviderMessageID, p.Type = "M4V"+p.ID[4:24], "SMS"
		p.Sender = cmp.Or(senders[v.Purpose], otherSender)
		if p.Status != outbox.Unknown {
			p.Carrier = pick(d.r, carriers)
		}
	}
	if p.EndedAt > d.now { // it goes on
		p.Status, p.StatusCode, p.Carrier, p.ReceivedAt, p.EndedAt = outbox.Accepted, "2000", "", 0, 0
		p.AcceptedAt = min(accepted, d.now)
	}
	d.h.messages = append(d.h.messages, p)
	d.h.entered = append(d.h.entered, 0)
	return &d.h.messages[len(d.h.messages)-1]
}

// answer draws whether the code is entered, and what comes of it.
func (d *draw) answer(v *verify.Past, last *outbox.Past, pumping bool) {
	v.EndedAt = v.SentAt.Add(5 * time.Minute)
	if last.Status != outbox.Delivered || pumping || !d.happens(enteredOf) {
		v.EndedAt = min(v.EndedAt, d.now)
		return
	}
	at := last.ReceivedAt.Add(min(d.seconds(13, 0.6), 4*time.Minute))
	if at > d.now {
		v.EndedAt = d.now
		return
	}
	v.Status, v.ApprovedAt, v.EndedAt, v.Attempts = verify.Redeemed, at, at, 1
	if d.happens(7) {
		v.Attempts = 2
		d.event(*v, at.Add(-4*time.Second), audit.Checked, "wrong")
	}
	d.h.entered[len(d.h.entered)-1] = at
	if v.CreatedAt < d.keptFrom {
		d.h.messages[len(d.h.messages)-1].EnteredAt = at // nothing else tells it
	}
	d.event(*v, at, audit.Checked, "right")
	switch v.Purpose {
	case verify.Signup:
		d.join(v, at)
	case verify.Login:
		d.event(*v, at, audit.SignedIn, "sms")
	default:
	}
}

// join draws a new member.
func (d *draw) join(v *verify.Past, at db.Time) {
	person := d.signups
	if v.To != numberOf(person) {
		return
	}
	d.signups++
	member := account.Past{ID: memberID(d.Seed, person), Number: v.To, Name: nameOf(d.r), Locale: v.Locale, JoinedAt: at}
	d.h.members = append(d.h.members, member)
	d.tell(event{at, audit.Event{Kind: audit.Joined, ApplicationID: v.ApplicationID, VerificationID: v.ID, UserID: member.ID}})
}

func (d *draw) event(v verify.Past, at db.Time, kind audit.Kind, detail string) {
	d.tell(event{at, audit.Event{Kind: kind, ApplicationID: v.ApplicationID, VerificationID: v.ID, Detail: detail}})
}

// tell keeps an event for its hour, unless it would be erased already.
func (d *draw) tell(e event) {
	if e.at >= d.keptFrom {
		d.pending = append(d.pending, e)
	}
}

// numbersMost is how many numbers there are behind 010-0.
const numbersMost = 10_000_000

// Number returns the number of the n-th person, from 0 on, most of whom are members.
func Number(n int) phone.Number { return numberOf(n) }

// numberOf returns the number of a person; those below zero share the first seven
// digits.
func numberOf(person int) phone.Number {
	const step = 7_654_321 // has no divisor in common with their count
	n := person % numbersMost * step % numbersMost
	if person < 0 {
		n = numbersMost + person
	}
	number, err := phone.FromE164(fmt.Sprintf("+82100%07d", n))
	if err != nil {
		panic(err) // it has the form
	}
	return number
}

// memberID returns the id of a person who is a member. It sorts before all that
// are made by the clock.
func memberID(seed uint64, person int) string {
	var random [10]byte
	binary.BigEndian.PutUint64(random[2:], seed)
	binary.BigEndian.PutUint32(random[6:], uint32(person)) // #nosec G115 -- at most numbersMost
	return id.At("usr", time.UnixMilli(1_600_000_000_000+int64(person)), random)
}

var (
	surnames   = []string{"김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오", "서", "신", "권"}
	givenNames = []string{"서연", "민준", "지우", "하준", "서윤", "도윤", "예은", "시우", "하은", "지호", "수아", "은우", "채원", "준서", "다은", "현우"}
)

func nameOf(r *rand.Rand) string {
	return surnames[r.IntN(len(surnames))] + givenNames[r.IntN(len(givenNames))]
}

// blocks counts the texts of the hour by the first seven digits of their numbers.
func (h *madeHour) blocks(ring *seal.Ring) []outbox.Block {
	by := make(map[string]*outbox.Block)
	for _, p := range h.messages {
		if p.Status == outbox.Dropped {
			continue
		}
		prefix := p.To.Prefix()
		if by[prefix] == nil {
			by[prefix] = &outbox.Block{Prefix: ring.Hash(seal.Prefix, prefix), MessageID: p.ID}
		}
		by[prefix].Sends++
		by[prefix].Won += p.Cost
	}
	list := make([]outbox.Block, 0, len(by))
	for _, b := range by {
		list = append(list, *b)
	}
	slices.SortFunc(list, func(a, b outbox.Block) int {
		return cmp.Or(cmp.Compare(b.Sends, a.Sends), bytes.Compare(a.Prefix, b.Prefix))
	})
	return list
}
