package sandbox

import (
	"slices"
	"strconv"
)

// arsNumber is what a person would call to prove that a number is theirs.
// Nobody has to call here.
const arsNumber = "0700000000"

// legacyRegister serves POST /senderid/1.1/register: the number waits for
// verify. One that is registered already keeps its state (G). A number that
// cannot be one is ValidationError (G: no code is documented).
func legacyRegister(c *call) (any, error) {
	sender := Sender{PhoneNumber: c.form.fields["phone"], Status: "PENDING"}
	if err := sender.valid(); err != nil {
		return nil, err
	}
	v := struct {
		HandleKey string `json:"handle_key"`
		ARS       string `json:"ars_number"`
	}{ARS: arsNumber}
	c.s.change(func(w *world) {
		number := digits(sender.PhoneNumber)
		if w.sender(number) == nil {
			w.register(sender)
		}
		v.HandleKey = w.sender(number).handleKey
	})
	c.note = note{key: "note.senders", n: 1}
	return v, nil
}

// withLegacySender runs fn on the number that handle_key names.
func (c *call) withLegacySender(fn func(w *world, s *Sender)) error {
	var err error = errNoLegacyResource // G
	c.s.change(func(w *world) {
		for _, s := range w.senders {
			if s.handleKey == c.form.fields["handle_key"] {
				err = nil
				fn(w, s)
				return
			}
		}
	})
	c.note = note{key: "note.senders", n: 1}
	return err
}

// legacyVerify serves POST /senderid/1.1/verify: the phone call counts as made
// (G), and the number is valid for the six months such a call gives. The
// documents speak of an empty body; it is an empty object, because the npm SDK
// breaks on nothing at all (G).
func legacyVerify(c *call) (any, error) {
	return struct{}{}, c.withLegacySender(func(w *world, s *Sender) {
		if s.Status != "ACTIVE" {
			s.Status, s.ExpireAt, s.updated = "ACTIVE", w.now.AddDate(0, 6, 0), w.now
		}
	})
}

// legacyDeleteSender serves POST /senderid/1.1/delete.
func legacyDeleteSender(c *call) (any, error) {
	return struct{}{}, c.withLegacySender(func(w *world, s *Sender) {
		w.senders = slices.DeleteFunc(w.senders, func(other *Sender) bool { return other == s })
		if w.legacy.DefaultSender == s.handleKey {
			w.legacy.DefaultSender = ""
		}
	})
}

// legacySenderView is one number of the list.
type legacySenderView struct {
	ID        string `json:"idno"`
	Number    string `json:"phone_number"`
	Default   string `json:"flag_default"` // Y or N (G)
	Updated   string `json:"updatetime"`
	Created   string `json:"regdate"`
	HandleKey string `json:"handle_key"`
}

func (w *world) viewLegacySender(i int) legacySenderView {
	s := w.senders[i]
	v := legacySenderView{
		ID: strconv.Itoa(i + 1), Number: s.PhoneNumber, Default: "N", HandleKey: s.handleKey,
		Updated: legacyTime(s.updated), Created: legacyTime(s.created),
	}
	if s.handleKey == w.legacy.DefaultSender {
		v.Default = "Y"
	}
	return v
}

// legacySenders serves GET /senderid/1.1/list.
func legacySenders(c *call) (any, error) {
	out := []legacySenderView{}
	c.s.change(func(w *world) {
		for i := range w.senders {
			out = append(out, w.viewLegacySender(i))
		}
	})
	c.note = note{key: "note.senders", n: int64(len(out))}
	return out, nil
}

// legacySetDefault serves POST /senderid/1.1/set_default. The default is only
// remembered: a send must name its sender.
func legacySetDefault(c *call) (any, error) {
	return struct{}{}, c.withLegacySender(func(w *world, s *Sender) { w.legacy.DefaultSender = s.handleKey })
}

// legacyGetDefault serves GET /senderid/1.1/get_default: an entry of the list
// (G), or InvalidResource when none was set (G).
func legacyGetDefault(c *call) (any, error) {
	var v legacySenderView
	var err error = errNoLegacyResource
	c.s.change(func(w *world) {
		for i, s := range w.senders {
			if s.handleKey == w.legacy.DefaultSender {
				v, err = w.viewLegacySender(i), nil
			}
		}
	})
	c.note = note{key: "note.senders", n: 1}
	return v, err
}
