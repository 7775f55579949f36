package db

import (
	"testing"
	"time"
)

func TestNewClock_GoesOnFromAFloorFarAhead(t *testing.T) {
	t.Parallel()
	floor := At(time.Now().Add(time.Hour))
	c := newClock(floor, nil)
	if now := c.read(); now < floor || now.Sub(floor) > time.Minute {
		t.Errorf("the clock shows %v, want the floor %v", now, floor)
	}
	c.start = c.start.Add(-time.Minute) // a minute passes
	if ran := c.read().Sub(floor); ran < time.Minute || ran > 2*time.Minute {
		t.Errorf("in a minute the clock ran %v", ran)
	}
}

func TestNewClock_WaitsForAWallThatIsNearlyThere(t *testing.T) {
	t.Parallel()
	wall := time.Now()
	floor := At(wall.Add(clockStride))
	c := newClock(floor, nil)
	if now := c.read(); now != floor && time.Since(wall) < clockStride {
		t.Errorf("the clock shows %v, want to stand at %v", now, floor)
	}
	c.start = c.start.Add(-time.Minute)
	if ahead := c.read().Sub(At(wall.Add(time.Minute))); ahead < 0 || ahead > 30*time.Second {
		t.Errorf("a minute later the clock is %v ahead of the wall", ahead)
	}
}

func TestClock_DoesNotFollowAServerThatStepsBack(t *testing.T) {
	t.Parallel()
	c := newClock(0, nil)
	before := c.read()
	c.set(before.Add(-time.Hour))
	if now := c.read(); now < before {
		t.Errorf("the clock stepped back by %v", before.Sub(now))
	}
	c.start = c.start.Add(-time.Minute)
	if ran := c.read().Sub(before); ran < time.Minute {
		t.Errorf("in a minute the clock ran %v", ran)
	}
	c.set(before.Add(time.Hour))
	if ahead := c.read().Sub(before); ahead < time.Hour {
		t.Errorf("the clock did not follow a server that is ahead: %v", ahead)
	}
}

func TestClock_LaysItsFloorAheadOfWhatIsStored(t *testing.T) {
	t.Parallel()
	c := newClock(0, nil)
	now := c.read()
	floor, higher := c.newFloor(now)
	if !higher || floor <= now {
		t.Fatalf("newFloor = %v, %v; want more than %v", floor, higher, now)
	}
	c.floor = floor
	if _, higher := c.newFloor(floor); higher {
		t.Error("the floor is written again before it is reached")
	}
	if _, higher := c.newFloor(floor + 1); !higher {
		t.Error("a time beyond the floor would be stored")
	}
}
