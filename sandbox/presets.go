package sandbox

// presetTimes is how many calls or texts a press of a button applies to.
const presetTimes = 3

// anySend matches every call that sends: /send, /send-many, /send-many/detail
// and the send and resend of a group.
const anySend = "/messages/v4/**send**"

// preset is one button of the page. It arms a fault, sets a fate for all
// numbers, or empties the purse.
type preset struct {
	name  string
	fault *Fault
	fate  *Fate
}

var presets = func() []preset {
	late := 30_000
	return []preset{
		{name: "carrier", fate: &Fate{To: anyNumber, StatusCode: "3043", Times: presetTimes}},
		{name: "late", fate: &Fate{To: anyNumber, StatusCode: delivered, ReportMS: &late, Times: presetTimes}},
		{name: "lost", fault: &Fault{Method: "POST", Path: anySend, Kind: FaultDropReply}},
		{name: "cut", fault: &Fault{Method: "POST", Path: anySend, Kind: FaultReset}},
		{name: "server", fault: &Fault{Kind: FaultStatus, Status: 503}},
		{name: "money"},
		{name: "slow", fault: &Fault{Kind: FaultDelay, DelayMS: 5000}},
		{name: "garbage", fault: &Fault{Kind: FaultGarbage}},
	}
}()

// presetState is how a button stands: how many times it still applies, or that
// it simply is on.
type presetState struct {
	on   bool
	left int
}

// state reads whether a preset is on.
func (s *Sandbox) state(p preset) (st presetState) {
	switch {
	case p.fault != nil:
		for _, f := range s.faults.list() {
			if f.preset == p.name {
				st = presetState{true, st.left + max(f.Times, 0)}
			}
		}
	case p.fate != nil:
		s.change(func(w *world) {
			if f := w.fates[anyNumber]; f != nil && f.StatusCode == p.fate.StatusCode {
				st = presetState{true, f.Times}
			}
		})
	default:
		a := s.Money()
		st.on = a.Balance+a.Point <= 0
	}
	return st
}

// tryOut has a first text arrive, for somebody who has not sent one yet. It
// goes the way of every other and is paid for.
func (s *Sandbox) tryOut(l language) (err error) {
	s.change(func(w *world) {
		if len(w.senders) == 0 {
			err = errValidation.because("no sender number")
			return
		}
		d := draft{
			to: "01000000001", from: w.senders[0].PhoneNumber, country: "82", kind: "SMS",
			text: l.say("try.text", "048215"),
		}
		d.bytes = measure(d.text).bytes
		g := w.newGroup(groupRequest{})
		w.accept(g, []draft{d})
		err = w.launchOrFail(g)
	})
	return err
}

// press turns a preset on, or off when it is on.
func (s *Sandbox) press(p preset) error {
	on := s.state(p).on
	switch {
	case p.fault != nil && on:
		for _, f := range s.faults.list() {
			if f.preset == p.name {
				s.Disarm(f.ID)
			}
		}
		return nil
	case p.fault != nil:
		f := *p.fault
		f.Times, f.preset = presetTimes, p.name
		_, err := s.Arm(f)
		return err
	case p.fate != nil && on:
		return s.Decide(Fate{To: anyNumber})
	case p.fate != nil:
		return s.Decide(*p.fate)
	case on:
		s.SetMoney(Account{s.set.balance, s.set.point})
	default:
		s.SetMoney(Account{})
	}
	return nil
}
