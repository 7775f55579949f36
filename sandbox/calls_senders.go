package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// How a sender number was verified, and how long that holds.
const (
	byPhone     = "ARS"       // an automatic phone call: six months
	byDocuments = "DOCUMENTS" // documents: twelve months (G: the name)
)

// validity is when a number that is verified now lapses.
func validity(method string, now time.Time) time.Time {
	if method == byPhone {
		return now.AddDate(0, 6, 0)
	}
	return now.AddDate(0, 12, 0)
}

// numberCall is a phone call that verifies a number and waits for its code.
type numberCall struct {
	Number        string `json:"number"`
	TransactionID string `json:"transactionId"`
}

// registrable reports whether the law lets a number be a sender: with its area
// code, 8 to 11 digits, 030 numbers up to 12, 15xx to 18xx numbers exactly 8.
// Short numbers such as 112 are out by their length.
func registrable(number string) bool {
	switch {
	case !isDigits(number):
		return false
	case strings.HasPrefix(number, "030"):
		return len(number) >= 8 && len(number) <= 12
	case strings.HasPrefix(number, "0"):
		return len(number) >= 8 && len(number) <= 11
	case number[0] == '1' && len(number) == 8:
		return strings.Contains("5678", number[1:2])
	}
	return false
}

// withSender runs fn on the number the path names and answers all numbers of
// the account as they stand afterwards.
func (c *call) withSender(fn func(w *world, s *Sender) error) (v sendersView, err error) {
	number := digits(c.r.PathValue("number"))
	c.s.change(func(w *world) {
		s := w.sender(number)
		if s == nil {
			err = errNoResource
			return
		}
		err = fn(w, s)
		v = w.viewSenders(maxLimit)
	})
	return v, err
}

// registerSender serves POST /senderid/v1/numbers. The number is PENDING until
// it is verified by phone (authenticateSender) or a person has looked at the
// documents, which is the control POST /sandbox/senders.
func registerSender(c *call) (any, error) {
	var req struct {
		PhoneNumber  wireText        `json:"phoneNumber"`
		Documents    json.RawMessage `json:"documents"`
		DocumentList json.RawMessage `json:"documentList"`
	}
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	number := digits(req.PhoneNumber.s)
	if !registrable(number) {
		return nil, errValidation.because("발신번호로 등록할 수 없는 번호입니다.")
	}
	var v sendersView
	var err error
	c.s.change(func(w *world) {
		if w.sender(number) != nil {
			err = errValidation.because("이미 등록된 발신번호입니다.") // G
			return
		}
		w.register(Sender{PhoneNumber: number, Status: "PENDING", documents: given(req.Documents) || given(req.DocumentList)})
		v = w.viewSenders(maxLimit)
	})
	return v, err
}

// given reports whether a JSON value holds anything.
func given(raw json.RawMessage) bool {
	return len(raw) > 0 && !slices.Contains([]string{"null", "[]", "{}", `""`}, string(raw))
}

// secondFactor is what proves that a person hears the phone. The official
// examples bring it in the header X-Mfa-Data.
type secondFactor struct {
	TransactionID string `json:"transactionId"`
	Token         string `json:"token"`
}

// authenticateSender serves PUT /senderid/v1/numbers/{number}/authenticate. With
// a second factor there are two steps: the first call makes the phone ring and
// answers the transaction, the second brings the transaction and the digits
// heard, which may be any four or more, as no phone rings here. Without one the
// number is verified at once, as if it had been given in the console (G).
func authenticateSender(c *call) (any, error) {
	var factor *secondFactor
	if err := decode([]byte(c.r.Header.Get("X-Mfa-Data")), &factor); err != nil {
		return nil, err
	}
	var asked string
	v, err := c.withSender(func(w *world, s *Sender) error {
		if factor != nil && factor.Token == "" {
			asked = randomText(w.chance, 32)
			w.res.Calls = pushed(w.res.Calls, numberCall{s.PhoneNumber, asked}, maxResources)
			return nil
		}
		if factor != nil && !w.heard(numberCall{s.PhoneNumber, factor.TransactionID}, factor.Token) {
			return errValidation.because("전화로 들은 인증번호가 맞지 않습니다.")
		}
		w.register(Sender{PhoneNumber: s.PhoneNumber, Method: byPhone})
		return nil
	})
	if err == nil && asked != "" {
		return map[string]any{"mfa": map[string]string{"transactionId": asked}}, nil
	}
	return v, err
}

// heard ends a phone call with the digits a person says to have heard.
func (w *world) heard(call numberCall, token string) bool {
	at := slices.Index(w.res.Calls, call)
	if at < 0 || len(token) < 4 || !isDigits(token) {
		return false
	}
	w.res.Calls = append(w.res.Calls[:at:at], w.res.Calls[at+1:]...)
	return true
}

// updateSender serves PUT /senderid/v1/numbers/{number}: ACTIVE or INACTIVE. A
// number that was never verified cannot be made ACTIVE (G).
func updateSender(c *call) (any, error) {
	var req struct {
		Status string `json:"status"`
	}
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	if req.Status != "ACTIVE" && req.Status != "INACTIVE" {
		return nil, errValidation.because("status는 ACTIVE 또는 INACTIVE여야 합니다.")
	}
	return c.withSender(func(w *world, s *Sender) error {
		if s.Status == "PENDING" {
			return errStatus.because("아직 인증되지 않은 발신번호입니다.")
		}
		s.Status, s.updated = req.Status, w.now
		w.changed |= partAccount
		return nil
	})
}

// deleteSender serves DELETE /senderid/v1/numbers/{number}. An ACTIVE number
// stays, unless it has lapsed (G).
func deleteSender(c *call) (any, error) {
	return c.withSender(func(w *world, s *Sender) error {
		if s.active(w.now) {
			return errStatus.because("사용 중인 발신번호는 지울 수 없습니다.") // G
		}
		w.senders = slices.DeleteFunc(w.senders, func(other *Sender) bool { return other == s })
		w.changed |= partAccount
		return nil
	})
}

// errSenderMethod is a verification that does not exist.
var errSenderMethod = errValidation.because("method: ARS, SELF-CERT or DOCUMENTS")

// knownMethod reports whether a number can be verified so.
func knownMethod(method string) bool {
	return slices.Contains([]string{"", byPhone, "SELF-CERT", byDocuments}, method)
}

// getMember serves GET /users/v1/member: who owns the key. G: the fields but
// status and role.
func getMember(*call) (any, error) {
	return map[string]any{
		"memberId": "MEMsandbox00001", "accountId": accountID, "selectedAccountId": accountID, "name": "sandbox",
		"email": "sandbox@example.com", "phoneNumber": nil, "status": "ACTIVE", "role": "OWNER",
		"dateCreated": "2026-01-01T00:00:00.000Z", "dateUpdated": "2026-01-01T00:00:00.000Z",
	}, nil
}

// getSenders is GET /sandbox/senders.
func (s *Sandbox) getSenders(*http.Request) (any, error) {
	v := []Sender{}
	s.change(func(w *world) {
		for _, sender := range w.senders {
			v = append(v, *sender)
		}
	})
	return v, nil
}
