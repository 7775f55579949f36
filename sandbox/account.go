package sandbox

import (
	"strings"
	"time"
)

// Sender is a registered sender number (발신번호).
type Sender struct {
	PhoneNumber string    `json:"phoneNumber"`       // digits
	Status      string    `json:"status"`            // PENDING, ACTIVE or INACTIVE; empty is ACTIVE
	ExpireAt    time.Time `json:"expireAt,omitzero"` // zero: never, or as Method says
	// Method is how it was verified: ARS (a phone call, valid for six months),
	// SELF-CERT or DOCUMENTS (twelve months). Empty is ARS without an end.
	Method string `json:"method,omitempty"`

	handleKey        string
	documents        bool // were handed in with the registration
	created, updated time.Time
}

func (s *Sender) active(now time.Time) bool {
	return s.Status == "ACTIVE" && (s.ExpireAt.IsZero() || now.Before(s.ExpireAt))
}

// valid reports what is wrong with a sender given from outside.
func (s *Sender) valid() error {
	switch {
	case !isDigits(digits(s.PhoneNumber)) || len(digits(s.PhoneNumber)) > 12:
		return errValidation.because("phoneNumber: digits, at most 12")
	case s.Status != "" && s.Status != "ACTIVE" && s.Status != "PENDING" && s.Status != "INACTIVE":
		return errValidation.because("status: ACTIVE, PENDING or INACTIVE")
	case !knownMethod(s.Method):
		return errSenderMethod
	}
	return nil
}

func (w *world) sender(number string) *Sender {
	for _, s := range w.senders { // a handful
		if s.PhoneNumber == number {
			return s
		}
	}
	return nil
}

// register adds a sender number or changes the one that is there.
func (w *world) register(s Sender) {
	s.PhoneNumber = digits(s.PhoneNumber)
	if s.Status == "" {
		s.Status = "ACTIVE"
	}
	if s.Status == "ACTIVE" && s.Method != "" && s.ExpireAt.IsZero() {
		s.ExpireAt = validity(s.Method, w.now)
	}
	s.updated = w.now
	w.changed |= partAccount
	if old := w.sender(s.PhoneNumber); old != nil {
		s.handleKey, s.created = old.handleKey, old.created
		*old = s
		return
	}
	if len(w.senders) >= 1000 {
		w.senders = w.senders[1:]
	}
	s.handleKey, s.created = newID(w.chance, "SED", w.now), w.now
	w.senders = append(w.senders, &s)
}

// Fate is what becomes of the texts to a number.
type Fate struct {
	// To is the number, or "*" for every number without a fate of its own.
	To string `json:"to"`
	// StatusCode is the final status code. 10xx refuses at the door, 2000 and
	// 3000 wait for ever, other 2xxx fail on the platform, 3xxx at the carrier,
	// 4000 (or empty) is delivered.
	StatusCode string `json:"statusCode"`
	// ReportMS is how long after the send the report comes, in milliseconds;
	// nil is the account's own delay.
	ReportMS *int `json:"report_ms,omitempty"`
	// Times is how many texts it applies to; 0 is all from now on.
	Times int `json:"times,omitempty"`
}

// anyNumber is the recipient of a Fate that applies to all.
const anyNumber = "*"

// valid completes a fate and reports what is wrong with it.
func (f *Fate) valid() error {
	if f.StatusCode == "" {
		f.StatusCode = delivered
	}
	if f.To != anyNumber {
		f.To = digits(f.To)
	}
	switch {
	case f.To != anyNumber && !isDigits(f.To):
		return errValidation.because(`to: digits or "*"`)
	case len(f.StatusCode) != 4 || !isDigits(f.StatusCode) || strings.IndexByte("1234", f.StatusCode[0]) < 0:
		return errValidation.because("statusCode: four digits beginning with 1 to 4")
	case f.ReportMS != nil && (*f.ReportMS < 0 || *f.ReportMS > 7*24*3600*1000):
		return errValidation.because("report_ms: 0 to seven days")
	case f.Times < 0:
		return errValidation.because("times: 0 or more")
	}
	return nil
}

// decide sets the fate of a number; a plain 4000 takes an earlier fate away.
func (w *world) decide(f Fate) {
	w.changed |= partFaults
	if f.StatusCode == delivered && f.ReportMS == nil {
		delete(w.fates, f.To)
		return
	}
	if len(w.fates) >= w.set.keep {
		clear(w.fates)
	}
	w.fates[f.To] = &f
}

func (w *world) fateOf(number string) *Fate {
	if f := w.fates[number]; f != nil {
		return f
	}
	return w.fates[anyNumber]
}

// spend counts a fate down.
func (w *world) spend(f *Fate) {
	if f.Times == 0 {
		return
	}
	if f.Times--; f.Times == 0 {
		delete(w.fates, f.To)
	}
	w.changed |= partFaults
}
