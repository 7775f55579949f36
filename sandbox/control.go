package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

const maxControlBody = 64 << 10

// controlRoutes is the emulator's own surface: what the provider does not have.
func (s *Sandbox) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	for pattern, e := range map[string]func(r *http.Request) (any, error){
		"GET /sandbox/handset/messages": s.getHandset,
		"GET /sandbox/requests":         s.getRequests,
		"GET /sandbox/faults":           func(*http.Request) (any, error) { return s.faults.list(), nil },
		"POST /sandbox/faults":          s.postFault,
		"DELETE /sandbox/faults":        s.deleteFault,
		"DELETE /sandbox/faults/{id}":   s.deleteFault,
		"POST /sandbox/numbers":         s.postNumber,
		"GET /sandbox/account":          s.getAccount,
		"POST /sandbox/account":         s.postAccount,
		"POST /sandbox/senders":         s.postSender,
		"GET /sandbox/webhooks":         func(*http.Request) (any, error) { return s.Webhooks(), nil },
		"POST /sandbox/reset":           s.postReset,
		"POST /sandbox/quota":           s.postQuota,
		"GET /sandbox/senders":          s.getSenders,
		"POST /sandbox/channels":        s.postChannel,
		"POST /sandbox/templates":       s.postTemplate,
		"POST /sandbox/templates/{id}":  s.postReview,
		"POST /sandbox/blacks":          s.postBlack,
		"POST /sandbox/block-groups":    s.postBlockGroup,
		"POST /sandbox/block-numbers":   s.postBlockNumber,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
			v, err := e(r)
			a := answer{status: http.StatusOK}
			if err == nil {
				a.body, err = json.Marshal(v)
			}
			if err != nil {
				a = refuse(err)
			}
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			a.deliver(w, r)
		})
	}
	mux.HandleFunc("GET /sandbox/events", s.hub.serve)
	s.pageRoutes(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuse(errNotFound).deliver(w, r) })
	return mux
}

// guard lets only loopback hosts in, which stops DNS rebinding, and refuses
// unsafe requests that a foreign page made the browser send.
func (s *Sandbox) guard(next http.Handler) http.Handler {
	foreign := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			refuse(errForbiddenHost).deliver(w, r)
			return
		}
		if err := foreign.Check(r); err != nil {
			refuse(errForbiddenHost.because("다른 사이트에서 온 요청입니다. "+err.Error())).deliver(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopback reports whether a Host header names this machine.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// Handset returns the texts a number has received or is about to, newest
// first: those that were sent and are bound to be delivered. An empty number
// returns every phone's. Hyphens in it are ignored.
func (s *Sandbox) Handset(to string) []HandsetMessage { return s.handset(digits(to), math.MaxInt) }

func (s *Sandbox) handset(to string, limit int) []HandsetMessage {
	out := []HandsetMessage{}
	s.change(func(w *world) {
		e := w.order.Front()
		if to != "" {
			p := w.phones[to]
			if p == nil {
				return
			}
			e = p.messages.Front()
		}
		for m := range newest(nil, e) {
			if len(out) == limit {
				return
			}
			if m.reaches() {
				out = append(out, viewHandset(m))
			}
		}
	})
	return out
}

func (s *Sandbox) getHandset(r *http.Request) (any, error) {
	limit, err := limitOf(r.URL.Query(), 50)
	if err != nil {
		return nil, err
	}
	return s.handset(digits(r.URL.Query().Get("to")), limit), nil
}

func (s *Sandbox) getRequests(r *http.Request) (any, error) {
	limit, err := limitOf(r.URL.Query(), 100)
	if err != nil {
		return nil, err
	}
	return s.Requests(limit), nil
}

// Arm makes calls go wrong and returns the fault as it is armed, with its ID.
// Faults are tried in the order they were armed; the first that matches hits.
// The error tells what is wrong with f.
func (s *Sandbox) Arm(f Fault) (Fault, error) {
	if err := f.complete(); err != nil {
		return Fault{}, err
	}
	f = s.faults.arm(f)
	s.hub.tell(partFaults)
	return f, nil
}

// Disarm takes away the fault with this ID, or all faults when id is empty.
func (s *Sandbox) Disarm(id string) {
	s.faults.disarm(id)
	s.hub.tell(partFaults)
}

func (s *Sandbox) postFault(r *http.Request) (any, error) {
	var f Fault
	if err := decodeStrict(r.Body, &f); err != nil {
		return nil, err
	}
	return s.Arm(f)
}

func (s *Sandbox) deleteFault(r *http.Request) (any, error) {
	s.Disarm(r.PathValue("id"))
	return s.faults.list(), nil
}

// Decide sets what becomes of the texts to a number from now on. The error
// tells what is wrong with f.
func (s *Sandbox) Decide(f Fate) error {
	if err := f.valid(); err != nil {
		return err
	}
	s.change(func(w *world) { w.decide(f) })
	return nil
}

func (s *Sandbox) postNumber(r *http.Request) (any, error) {
	var f Fate
	if err := decodeStrict(r.Body, &f); err != nil {
		return nil, err
	}
	return &f, s.Decide(f)
}

// Account is the money of the account, in won.
type Account struct {
	Balance int64 `json:"balance"`
	Point   int64 `json:"point"`
}

// Money returns what the account has.
func (s *Sandbox) Money() (a Account) {
	s.change(func(w *world) { a = Account{w.balance, w.point} })
	return a
}

// SetMoney changes what the account has.
func (s *Sandbox) SetMoney(a Account) {
	s.change(func(w *world) {
		w.moveMoney(moneyManual, "", a.Balance-w.balance, a.Point-w.point)
		w.changed |= partAccount | partFaults
	})
}

func (s *Sandbox) getAccount(*http.Request) (any, error) { return s.Money(), nil }

// postAccount changes the purses that the body names.
func (s *Sandbox) postAccount(r *http.Request) (any, error) {
	var req struct {
		Balance *int64 `json:"balance"`
		Point   *int64 `json:"point"`
	}
	if err := decodeStrict(r.Body, &req); err != nil {
		return nil, err
	}
	const most = 1 << 50
	for _, won := range []*int64{req.Balance, req.Point} {
		if won != nil && (*won < 0 || *won > most) {
			return nil, errValidation.because("balance, point: won, 0 or more")
		}
	}
	s.change(func(w *world) {
		to := Account{w.balance, w.point}
		if req.Balance != nil {
			to.Balance = *req.Balance
		}
		if req.Point != nil {
			to.Point = *req.Point
		}
		w.moveMoney(moneyManual, "", to.Balance-w.balance, to.Point-w.point)
		w.changed |= partAccount | partFaults
	})
	return s.Money(), nil
}

// Register adds a sender number or changes one. The error tells what is wrong
// with sender.
func (s *Sandbox) Register(sender Sender) error {
	if err := sender.valid(); err != nil {
		return err
	}
	s.change(func(w *world) { w.register(sender) })
	return nil
}

func (s *Sandbox) postSender(r *http.Request) (any, error) {
	var sender Sender
	if err := decodeStrict(r.Body, &sender); err != nil {
		return nil, err
	}
	return &sender, s.Register(sender)
}

// Reset forgets everything that happened: texts, groups, money spent, senders
// and fates set since New, armed faults, used signatures and the request log.
func (s *Sandbox) Reset() {
	s.faults.disarm("")
	s.replay.reset()
	s.log.reset()
	s.change(func(w *world) {
		now := w.now
		*w = *newWorld(w.set, now)
		w.changed = partPhone | partAccount | partFaults | partRequests
	})
}

// postReset takes no body; one that is sent is read and ignored.
func (s *Sandbox) postReset(r *http.Request) (any, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, errTooLarge
		}
		return nil, errValidation.because("본문을 끝까지 읽지 못했습니다.")
	}
	s.Reset()
	return struct {
		Reset bool `json:"reset"`
	}{true}, nil
}
