package db

import (
	"testing"
	"testing/synctest"
	"time"
)

// groups is an engine that only notes when groups come, and of how many acts.
type groups struct {
	began time.Time
	sizes []int
	after []time.Duration
}

func (g *groups) limit() int { return sqliteGroup }
func (g *groups) reset()     {}

func (g *groups) commit(group []*act) {
	g.sizes = append(g.sizes, len(group))
	g.after = append(g.after, time.Since(g.began))
	for _, a := range group {
		a.begin()
		a.answer(nil)
	}
}

// An act that nobody waits for shares the commit of the next one that somebody
// waits for, which does not wait for it; alone it waits a little and no more.
func TestSoon(t *testing.T) {
	const someone, nobody = false, true // waits for the act
	for _, at := range []struct {
		name  string
		acts  []bool // put into the queue a millisecond apart
		sizes []int
		after []time.Duration
	}{
		{"alone", []bool{nobody}, []int{1}, []time.Duration{soon}},
		{"with company", []bool{nobody, someone}, []int{2}, []time.Duration{time.Millisecond}},
		{"several that can wait", []bool{nobody, nobody, someone}, []int{3}, []time.Duration{2 * time.Millisecond}},
		{"too early for company", []bool{someone, nobody}, []int{1, 1}, []time.Duration{0, time.Millisecond + soon}},
	} {
		t.Run(at.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seen := &groups{began: time.Now()}
				w := newWriter()
				w.engine, w.tell = seen, func([]string) {}
				var err error
				if w.metrics, err = newMetrics(nil, w.depth); err != nil {
					t.Fatal(err)
				}
				go w.run()
				for _, patient := range at.acts {
					a := newAct(nil)
					a.soon = patient
					if err := w.put(a); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Millisecond)
				}
				time.Sleep(time.Minute)
				w.close()
				if len(seen.sizes) != len(at.sizes) {
					t.Fatalf("groups of %v acts, want %v", seen.sizes, at.sizes)
				}
				for i := range at.sizes {
					if seen.sizes[i] != at.sizes[i] || seen.after[i] != at.after[i] {
						t.Errorf("groups of %v acts after %v, want %v after %v", seen.sizes, seen.after, at.sizes, at.after)
					}
				}
			})
		})
	}
}
