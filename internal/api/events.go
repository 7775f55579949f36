package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/web"
)

// ErrStreams refuses a stream when there are as many as the program holds.
var ErrStreams = fault.New(fault.Unavailable, "streams_exhausted",
	"too many streams are open: ask for the verification itself, or again later").After(30 * time.Second)

// streamsMost is how many streams a server holds at a time.
const streamsMost = 2000

// Pace says how a stream of events goes. The zero Pace is that of a server.
type Pace struct {
	Look  time.Duration // a change that no notice came of is found after this
	Beat  time.Duration // a comment is written this often, so that nobody on the way gives up
	Life  time.Duration // the stream ends after this
	Write time.Duration // a caller has this long to take an event
}

func (p Pace) orUsual() Pace {
	if p == (Pace{}) {
		return Pace{Look: time.Second, Beat: 15 * time.Second, Life: 15 * time.Minute, Write: 10 * time.Second}
	}
	return p
}

var eventsDoc = doc{
	id: "stream-verification-events", summary: "Follow a verification", korean: "인증 상태를 실시간으로 받기",
	status: 200, refusals: []int{404},
	description: "Server-sent events: one of the type verification with where it stands now, and one after each change of it or of its newest message. " +
		"The data of each is the verification as JSON. The stream ends when both have ended, when the key has, or after 15 minutes; a comment comes every 15 seconds.",
	streams: true,
}

// events opens the stream of a verification. What can be refused is refused
// before it begins.
func (a *API) events(ctx context.Context, in *Named) (*huma.StreamResponse, error) {
	if !isID("ver_", in.ID) {
		return nil, verify.ErrNotFound
	}
	who := caller(ctx)
	first, err := a.verifier.Follow(ctx, who.ID, in.ID)
	if err != nil {
		return nil, err
	}
	select {
	case a.places <- struct{}{}:
	default:
		return nil, ErrStreams
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		defer func() { <-a.places }()
		r, w := humago.Unwrap(h)
		s := &stream{API: a, w: w, to: http.NewResponseController(w), id: in.ID, caller: who}
		if err := s.run(r, first); err != nil {
			// Too late for a refusal: the caller sees the stream break off.
			web.Report(r.Context(), fmt.Errorf("following a verification: %w", err))
		}
	}}, nil
}

// EndStreams ends the streams that are open, and each that is opened from now
// on after its first event: the server is stopping.
func (a *API) EndStreams() { a.endStreams.Do(func() { close(a.stopping) }) }

// stream is one caller who follows a verification.
type stream struct {
	*API
	w      http.ResponseWriter
	to     *http.ResponseController
	id     string
	caller app.Caller
	told   []byte // the state that was written last
}

// run writes events until there is nothing more to tell, or nobody to tell it
// to.
func (s *stream) run(r *http.Request, v verify.Verification) error {
	ctx := r.Context()
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	s.w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	// The server's deadlines are for requests that end soon.
	if err := s.to.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lifting the read deadline: %w", err)
	}
	woken, stop := s.listen(v)
	defer func() { stop() }()
	look, beat := time.NewTicker(s.pace.Look), time.NewTicker(s.pace.Beat)
	defer look.Stop()
	defer beat.Stop()
	over := time.NewTimer(s.pace.Life)
	defer over.Stop()
	for {
		if gone, err := s.tell(v); gone || err != nil || ended(v) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.stopping:
			return nil
		case <-over.C:
			return nil
		case <-beat.C:
			if !s.write(": still here\n\n") {
				return nil
			}
			continue
		case <-woken.verification:
		case <-woken.message:
		case <-look.C:
		}
		message := v.Message.ID
		var err error
		if v, err = s.look(ctx); err != nil {
			if ctx.Err() != nil || fault.As(err) != nil { // gone, revoked, erased
				return nil
			}
			return err
		}
		if v.Message.ID != message {
			stop()
			woken, stop = s.listen(v)
		}
	}
}

// look reads the verification anew, for as long as the key is good.
func (s *stream) look(ctx context.Context) (verify.Verification, error) {
	if err := s.apps.StillValid(ctx, s.caller.Key.ID); err != nil {
		return verify.Verification{}, err
	}
	return s.verifier.Follow(ctx, s.caller.ID, s.id)
}

// wakers hold a token when something has changed.
type wakers struct{ verification, message <-chan struct{} }

// listen has notices of the verification and its newest message wake the
// stream.
func (s *stream) listen(v verify.Verification) (wakers, func()) {
	ofVerification, stopFirst := s.db.Listen(verify.Topic(v.ID))
	ofMessage, stopSecond := s.db.Listen(outbox.Topic(v.Message.ID))
	return wakers{ofVerification, ofMessage}, func() { stopFirst(); stopSecond() }
}

// ended reports whether nothing more will happen: an approval is left to its
// redeeming, which whoever does it knows of.
func ended(v verify.Verification) bool { return v.Status != verify.Pending && v.Message.Status.Ended() }

// tell writes where the verification stands, unless that was the last thing
// written. It reports whether the caller has gone.
func (s *stream) tell(v verify.Verification) (gone bool, err error) {
	state, err := json.Marshal(newVerification(v))
	if err != nil || bytes.Equal(state, s.told) {
		return false, err
	}
	s.told = state
	// The id says what of the state may change, and holds no number.
	id := fmt.Sprintf("%s.%d.%s.%s", v.Status, v.AttemptsLeft, v.Message.ID, v.Message.Status)
	return !s.write("event: verification\nid: " + id + "\ndata: " + string(state) + "\n\n"), nil
}

// write sends a piece of the stream at once and reports whether it could.
func (s *stream) write(text string) bool {
	if err := s.to.SetWriteDeadline(s.now().Add(s.pace.Write)); err != nil {
		return false
	}
	_, err := io.WriteString(s.w, text)
	return err == nil && s.to.Flush() == nil
}
