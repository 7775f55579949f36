package coolsms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

// MessagesPage is one page of messages, newest first.
type MessagesPage struct {
	Messages []*StoredMessage
	Limit    int
	StartKey string // what was asked for
	NextKey  string // the StartKey of the next page; "" on the last one

	// Raw is the answer as it came, with the fields that this package does not
	// know. It costs nothing: the answer was read into it.
	Raw json.RawMessage
}

// decode reads a page. The messages stand in a JSON object by their ids; it is
// read piece by piece, since a map would lose their order.
func (p *MessagesPage) decode(raw []byte) error {
	p.Raw = raw
	d := json.NewDecoder(bytes.NewReader(raw))
	listed := false
	err := object(d, func(key string) error {
		switch key {
		case "startKey":
			return d.Decode(&p.StartKey)
		case "nextKey":
			return d.Decode(&p.NextKey)
		case "limit":
			return d.Decode(&p.Limit)
		case "messageList":
			listed = true
			return object(d, func(id string) error {
				m := &StoredMessage{}
				w := m.wire() // rather than UnmarshalJSON, which would scan the bytes again
				if err := d.Decode(&w); err != nil {
					return err
				}
				w.fill(m)
				if m.MessageID == "" {
					m.MessageID = id
				}
				p.Messages = append(p.Messages, m)
				return nil
			})
		default:
			var skipped json.RawMessage
			return d.Decode(&skipped)
		}
	})
	if err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF { //nolint:errorlint // Token returns it bare
		return fmt.Errorf("there is something after the answer: %w", errNoList)
	}
	if !listed {
		return errNoList
	}
	return nil
}

// object walks over a JSON object; each is called behind every key and takes
// the value. An empty array passes for an empty object, as PHP writes it.
func object(d *json.Decoder, each func(key string) error) error {
	open, err := d.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') && open != json.Delim('[') {
		return fmt.Errorf("%v stands where an object should be", open)
	}
	for open == json.Delim('{') && d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if err := each(key.(string)); err != nil {
			return err
		}
	}
	end, err := d.Token()
	if err == nil && end != json.Delim('}') && end != json.Delim(']') {
		err = fmt.Errorf("%v stands where a list should end", end)
	}
	return err
}

// allPages walks over all messages of all pages. It ends after the first error,
// which comes with a nil message.
func allPages(startKey string, page func(startKey string) (*MessagesPage, error)) iter.Seq2[*StoredMessage, error] {
	return func(yield func(*StoredMessage, error) bool) {
		seen := map[string]bool{}
		for key := startKey; ; {
			p, err := page(key)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, m := range p.Messages {
				if !yield(m, nil) {
					return
				}
			}
			if p.NextKey == "" {
				return
			}
			seen[key] = true
			if key = p.NextKey; seen[key] {
				yield(nil, errCursor) // rather than go round for ever
				return
			}
		}
	}
}
