package main

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2" //nolint:depguard // a script that is the same each time
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/test/measure"
)

// A day's launch: ten times what an installation may send with the ceilings it
// comes with, which is 120 texts a minute. Of five starts four are people's,
// behind a few addresses that their carriers share out; the fifth is an attacker's.
const (
	launchRate   = 20 // starts a second
	launchShared = 6  // addresses of carriers
	launchWalks  = 4  // runs of numbers that attackers go through, number after number
	launchSeed   = 7
)

// launch is what became of a day's launch.
type launch struct {
	engine          string
	lasted          time.Duration
	people, refused int // of people, who gave up
	asked           int // of people, who had to solve a challenge
	attacks, attack int // starts of attackers, and texts that left for them
	starts, checks  measure.Latencies
	perCall         float64 // texts per call of the provider
	firstRefusal    error
	mu              sync.Mutex
	settled         sync.WaitGroup
}

// launchDay plays a day's launch on a database.
func (m *measuring) launchDay(engine string) error {
	if engine == "PostgreSQL" && postgresURL() == "" {
		return nil
	}
	l := &launch{engine: engine, lasted: m.launchLasts}
	proxy := "SINPYO_TRUSTED_PROXIES=127.0.0.1/32"
	err := m.with(engine, func(b bench) error {
		before := b.provider.calls.Load()
		l.play(b)
		l.perCall = float64(l.people-l.refused+l.attack) / float64(max(b.provider.calls.Load()-before, 1))
		return nil
	}, proxy)
	if err != nil {
		return fmt.Errorf("a day's launch on %s: %w", engine, err)
	}
	slices.Sort(l.starts)
	slices.Sort(l.checks)
	m.launches = append(m.launches, l)
	fmt.Println(l)
	return nil
}

// play issues starts at their rate, whether or not those before were answered, and
// waits until everybody is done.
func (l *launch) play(b bench) {
	chance := rand.New(rand.NewPCG(launchSeed, launchSeed)) //nolint:gosec // a script, not a secret
	taken := map[int]bool{}
	draw := func() int { // a number that nobody else has, of those that carriers give out
		for {
			if n := 20_000_000 + chance.IntN(80_000_000); !taken[n] {
				taken[n] = true
				return n
			}
		}
	}
	var walks [launchWalks]int
	for i := range walks {
		walks[i] = draw()
	}
	begin := time.Now()
	for i := range int(l.lasted.Seconds() * launchRate) {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / launchRate)))
		if i%5 != 4 {
			shared := fmt.Sprintf("203.0.%d.7", chance.IntN(launchShared))
			to, reads := draw(), 3*time.Second+time.Duration(chance.Int64N(int64(9*time.Second)))
			l.settled.Go(func() { l.person(b, fmt.Sprintf("010%08d", to), shared, reads) })
			continue
		}
		walk := &walks[i/5%launchWalks]
		*walk++
		taken[*walk] = true
		to, from := *walk, strayAddress(chance)
		l.settled.Go(func() { l.attacker(b, fmt.Sprintf("010%08d", to), from) })
	}
	l.settled.Wait()
}

// strayAddress is an address as an attacker has many: an IPv4 address of any
// network, or one of another /64 each time.
func strayAddress(chance *rand.Rand) string {
	if chance.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{byte(60 + chance.IntN(60)), byte(chance.IntN(256)), byte(chance.IntN(256)), byte(1 + chance.IntN(254))}).String()
	}
	return fmt.Sprintf("2001:db8:%x:%x::%x", chance.IntN(1<<16), chance.IntN(1<<16), 1+chance.IntN(1<<16-1))
}

// person signs up, solves a challenge where one is asked for, and counts as
// refused when any step is answered otherwise than it should be.
func (l *launch) person(b bench, to, from string, reads time.Duration) {
	at := newBrowser(b.server.Address)
	at.from = from
	defer func() { _ = at.close() }()
	told := b.provider.expect(to)
	asked, starts, err := l.start(at, to)
	var check time.Duration
	if err == nil {
		check, err = l.finish(at, told, reads)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.people++
	l.starts = append(l.starts, starts...)
	if asked {
		l.asked++
	}
	if err != nil {
		l.refused++
		l.firstRefusal = cmp.Or(l.firstRefusal, err)
		return
	}
	l.checks = append(l.checks, check)
}

// start posts the number, and once more with a challenge that was solved.
func (l *launch) start(at *browser, to string) (asked bool, took []time.Duration, err error) {
	fields := url.Values{"number": {to}}
	for range 2 {
		issued := time.Now()
		status, page, err := at.try("start", fields)
		took = append(took, time.Since(issued))
		if err != nil || status == http.StatusSeeOther {
			return asked, took, err
		}
		token, zeros := challengeOn(page)
		if token == "" {
			return asked, took, fmt.Errorf("a start was answered %d", status)
		}
		asked = true
		fields.Set("challenge", token)
		fields.Set("nonce", solve(token, zeros))
	}
	return asked, took, errors.New("a solved challenge was answered with another one")
}

// finish reads the text, types the code and signs up. It returns how long the
// check of the code took.
func (l *launch) finish(at *browser, told <-chan text, reads time.Duration) (check time.Duration, err error) {
	sent, err := wait(told)
	if err := errors.Join(err, at.close()); err != nil { // nobody holds a connection meanwhile
		return 0, err
	}
	time.Sleep(reads)
	issued := time.Now()
	if err := at.post("check", url.Values{"code": {sent.code}}); err != nil {
		return 0, err
	}
	check = time.Since(issued)
	return check, at.post("finish", url.Values{"name": {"홍길동"}, "agree": {"age_14", "terms"}})
}

// attacker has a text sent to a number and is seen no more. It solves nothing.
func (l *launch) attacker(b bench, to, from string) {
	at := newBrowser(b.server.Address)
	at.from = from
	defer func() { _ = at.close() }()
	told := b.provider.expect(to)
	status, _, err := at.try("start", url.Values{"number": {to}})
	left := 0
	if err == nil && status == http.StatusSeeOther {
		if _, err := wait(told); err == nil {
			left = 1
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attacks++
	l.attack += left
}

// challengeOn finds the challenge on a page, "" where there is none.
func challengeOn(page string) (token string, zeros int) {
	found := challengeForm.FindStringSubmatch(page)
	if found == nil {
		return "", 0
	}
	zeros, _ = strconv.Atoi(found[1]) // digits
	return found[2], zeros
}

var challengeForm = regexp.MustCompile(`(?s)data-bits="(\d+)".*name="challenge" value="([^"]+)"`)

// solving lets one challenge be solved at a time. People have a processor each for
// it; here all of them share what the server runs on.
var solving sync.Mutex

// solve counts up until a nonce fits, as the script of the page does.
func solve(token string, zeros int) string {
	solving.Lock()
	defer solving.Unlock()
	answer := append([]byte(token), '.')
	for i := int64(0); ; i++ {
		answer = strconv.AppendInt(answer[:len(token)+1], i, 10)
		sum := sha256.Sum256(answer)
		if bits.LeadingZeros32(uint32(sum[0])<<24|uint32(sum[1])<<16|uint32(sum[2])<<8|uint32(sum[3])) >= zeros {
			return string(answer[len(token)+1:])
		}
	}
}

// String is a launch as a line of text.
func (l *launch) String() string {
	text := fmt.Sprintf("%s, %v: %d people, %d of them asked for a challenge, %d refused; %d starts of attackers, %d texts left for them; start p99 %s, check p99 %s; %.1f texts a call",
		l.engine, l.lasted, l.people, l.asked, l.refused, l.attacks, l.attack,
		measure.MS(l.starts.At(0.99)), measure.MS(l.checks.At(0.99)), l.perCall)
	if l.firstRefusal != nil {
		text += fmt.Sprintf(" (%v)", l.firstRefusal)
	}
	return text
}
