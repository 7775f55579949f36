package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// aStep is how far the wall clock is set ahead and back.
const aStep = 10 * time.Minute

// stepped is an installation whose wall clock is set.
type stepped struct {
	*tally
	wall *kit.Wall
}

// TestFaults_ClockSteps sets the machine's clock ten minutes ahead and back, four
// times in an installation: under the running program, and while it is down. No
// code lives longer than its time or comes back, and no window of a number is
// reset; a start that finds the clock ten minutes on cannot know it from ten
// minutes gone by, and ends codes early.
func TestFaults_ClockSteps(t *testing.T) {
	t.Parallel()
	steps := kit.Times(t, 20, 4)
	var lines []kit.Line
	for range steps / 4 {
		wall, err := kit.NewWall(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		w := kit.NewWorld(t, kit.Setup{Nodes: 1, Settings: append([]string{wall.Setting()}, quick...), Program: kit.Stepping})
		s := &stepped{newTally(w, "clock ±10 minutes"), wall}
		s.whileRunning()
		if kit.OnPostgres() {
			s.refused()
		} else {
			s.whileDown()
		}
		lines = append(lines, s.finish())
	}
	line := sum(lines)
	line.Note = "the program runs in a Go whose wall clock the test sets, its monotonic clock running on; windows are held over each step " +
		"but a start after one ahead, which cannot be known from ten minutes gone by"
	if kit.OnPostgres() {
		line.Note = "as on SQLite, but that a server starts at all only when its clock is the database's: ten minutes off it is refused"
	}
	line.Report(t)
}

// step sets the clock.
func (s *stepped) step(ahead time.Duration) {
	s.Helper()
	if err := s.wall.Set(ahead); err != nil {
		s.Fatal(err)
	}
	s.Injected++
}

// one is a text whose code has come.
type one struct {
	*asked
	code string
	at   time.Time // when it was asked for, as the program tells it
	mono time.Time // as it was
}

func (s *stepped) ask() one {
	s.Helper()
	o := one{asked: &asked{number: s.Number()}}
	v := s.Start(s.A(), o.number)
	s.Accepted++
	o.id, o.at, o.mono, o.code = v.ID, v.CreatedAt, time.Now(), s.Code(o.number)
	s.Sent++
	return o
}

// again asks for a second text to the number, which its window does not allow.
func (s *stepped) again(o one) {
	s.Helper()
	if a := s.TryStart(s.A(), o.number); a.Status/100 == 2 {
		s.BudgetOvershoot++
	} else if a.Code() != "number_limited" {
		s.Errorf("a second start was answered %v", a)
	}
}

// late submits a code whose time is over.
func (s *stepped) late(o one) {
	s.Helper()
	if c := s.Check(s.A(), o.id, o.code); c.Approved {
		s.ApprovedWrong++
	}
}

// gone returns how much more time than it was has gone by in the program between
// two starts.
func gone(from, to one) time.Duration {
	return to.at.Sub(from.at) - to.mono.Sub(from.mono)
}

// whileRunning sets the clock of a program that runs, which takes no notice.
func (s *stepped) whileRunning() {
	s.Helper()
	first := s.ask()
	for _, ahead := range []time.Duration{aStep, 0} {
		s.step(ahead)
		s.again(first)
		s.recovered(time.Now())
		if off := gone(first, s.ask()); off.Abs() > 2*time.Second {
			s.Errorf("with the clock %v ahead the time of a running program is off by %v", ahead, off)
		}
	}
	s.try(first.asked, first.code)
	s.count() // before time is on by ten minutes
}

// whileDown sets the clock while the program is down.
func (s *stepped) whileDown() {
	s.Helper()
	old := s.ask()
	s.A().Kill()
	s.step(aStep)
	end := time.Now()
	s.A().Up()
	s.recovered(end)
	s.late(old)
	young := s.ask()
	if off := gone(old, young); off < aStep-2*time.Second || off > aStep+2*time.Second {
		s.Errorf("after a start ten minutes on the time is on by %v", off)
	}
	s.A().Kill()
	s.step(0)
	end = time.Now()
	s.A().Up()
	s.recovered(end)
	s.late(old)
	s.again(young)
	if off := gone(young, s.ask()); off < -2*time.Second {
		s.Errorf("after a start ten minutes back the time went back by %v", -off)
	}
	s.try(young.asked, young.code)
}

// refused starts the program with a clock that is not the database server's.
func (s *stepped) refused() {
	s.Helper()
	before := s.ask()
	for _, ahead := range []time.Duration{aStep, -aStep} {
		s.A().Kill()
		s.step(ahead)
		from := len(s.A().Log.String())
		if s.A().StartUp() {
			s.Errorf("a server whose clock is %v ahead of its database's has started", ahead)
		}
		if log := s.A().Log.String()[from:]; !strings.Contains(log, "clock") {
			s.Errorf("a server that is refused for its clock does not say so: %s", kit.Telling(log))
		}
	}
	if err := s.wall.Set(0); err != nil {
		s.Fatal(err)
	}
	end := time.Now()
	s.A().Up()
	s.recovered(end)
	s.again(before)
	s.try(before.asked, before.code)
}
