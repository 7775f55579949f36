package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sinpyo/sinpyo/test/measure"
)

// bench is one run against one server.
type bench struct {
	server   *measure.Server
	provider *provider
	pages    bool // read each page between the posts, as a person's browser does
}

// numbers hands out numbers from 010-0000-0000 upwards, each once.
var numbers atomic.Int64

func nextNumber() string { return fmt.Sprintf("010%08d", numbers.Add(1)) }

// signUp leads one person through: number, text, code, name and consents.
func (b bench) signUp(at *browser) error {
	at.forget()
	to := nextNumber()
	told := b.provider.expect(to)
	var sent text
	for _, step := range []func() error{
		func() error { return at.post("start", url.Values{"number": {to}}) },
		func() (err error) { sent, err = wait(told); return err },
		func() error { return at.post("check", url.Values{"code": {sent.code}}) },
		func() error {
			return at.post("finish", url.Values{"name": {"홍길동"}, "agree": {"age_14", "terms"}})
		},
	} {
		if b.pages {
			if err := at.get(); err != nil {
				return err
			}
		}
		if err := step(); err != nil {
			return err
		}
	}
	if at.session == "" {
		return errors.New("signed up without a session")
	}
	return nil
}

// wait returns the text once the provider has it.
func wait(told <-chan text) (text, error) {
	select {
	case t := <-told:
		return t, nil
	case <-time.After(20 * time.Second):
		return text{}, errors.New("a text did not arrive within 20 s")
	}
}

// closedLoop lets n people sign up over and over until the time is up, and
// returns how many did. Between started and ended, both called once, all n are
// at it.
func (b bench) closedLoop(n int, warmUp, d time.Duration, started, ended func() error) (int, error) {
	var done atomic.Int64
	var stop atomic.Bool
	failures := make(chan error, n)
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			at := newBrowser(b.server.Address)
			defer func() { _ = at.close() }()
			for !stop.Load() {
				if err := b.signUp(at); err != nil {
					failures <- err
					stop.Store(true)
					return
				}
				done.Add(1)
			}
		})
	}
	time.Sleep(warmUp)
	before, err := done.Load(), started()
	time.Sleep(d)
	count := int(done.Load() - before)
	err = errors.Join(err, ended())
	stop.Store(true)
	all.Wait()
	close(failures)
	return count, errors.Join(err, <-failures)
}

// openLoop starts verifications at a steady rate, whether or not the ones
// before have been answered, and measures each from the moment it was issued: to
// the answer, and to its text at the provider.
func (b bench) openLoop(perSecond int, d time.Duration) (answered, texted measure.Latencies, err error) {
	var mu sync.Mutex
	var idle []*browser // with open connections; the last one used comes first
	var all sync.WaitGroup
	begin := time.Now().Add(10 * time.Millisecond)
	for i := range int(d.Seconds() * float64(perSecond)) {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		time.Sleep(time.Until(due)) // up to a millisecond too long, which is ours and not the server's
		issued := time.Now()
		all.Go(func() {
			to := nextNumber()
			told := b.provider.expect(to)
			mu.Lock()
			at := newBrowser(b.server.Address)
			if last := len(idle) - 1; last >= 0 {
				at, idle = idle[last], idle[:last]
			}
			mu.Unlock()
			at.forget()
			failure := at.post("start", url.Values{"number": {to}})
			reply := time.Since(issued)
			mu.Lock()
			idle = append(idle, at)
			mu.Unlock()
			var sent text
			if failure == nil {
				sent, failure = wait(told)
			}
			mu.Lock()
			defer mu.Unlock()
			err = errors.Join(err, failure)
			answered = append(answered, reply)
			texted = append(texted, sent.at.Sub(issued))
		})
	}
	all.Wait()
	for _, at := range idle {
		_ = at.close()
	}
	slices.Sort(answered)
	slices.Sort(texted)
	return answered, texted, err
}

// idleLoop starts one verification after another, each when the text of the one
// before has reached the provider. Nothing else runs and nobody waits in line,
// so the latencies are those of an idle server.
func (b bench) idleLoop(d time.Duration) (answered, texted measure.Latencies, err error) {
	at := newBrowser(b.server.Address)
	defer func() { _ = at.close() }()
	for end := time.Now().Add(d); time.Now().Before(end); {
		at.forget()
		to := nextNumber()
		told := b.provider.expect(to)
		issued := time.Now()
		if err := at.post("start", url.Values{"number": {to}}); err != nil {
			return nil, nil, err
		}
		answered = append(answered, time.Since(issued))
		sent, err := wait(told)
		if err != nil {
			return nil, nil, err
		}
		texted = append(texted, sent.at.Sub(issued))
	}
	slices.Sort(answered)
	slices.Sort(texted)
	return answered, texted, nil
}

// burst starts n verifications as fast as the server answers and returns how
// many calls it took until the provider had every text.
func (b bench) burst(n int) (calls int64, err error) {
	before := b.provider.calls.Load()
	var left atomic.Int64
	left.Store(int64(n))
	failures := make(chan error, n)
	var all sync.WaitGroup
	for range 256 {
		all.Go(func() {
			at := newBrowser(b.server.Address)
			defer func() { _ = at.close() }()
			for left.Add(-1) >= 0 {
				at.forget()
				to := nextNumber()
				told := b.provider.expect(to)
				failure := at.post("start", url.Values{"number": {to}})
				if failure == nil {
					all.Go(func() {
						if _, err := wait(told); err != nil {
							failures <- err
						}
					})
					continue
				}
				failures <- failure
				return
			}
		})
	}
	all.Wait()
	close(failures)
	return b.provider.calls.Load() - before, <-failures
}
