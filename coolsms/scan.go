package coolsms

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// scanner walks over JSON once, from member to member, and leaves values where
// they are. Pages of messages are most of what a busy program reads; this costs
// a fraction of what encoding/json does, and keeps the order of members.
type scanner struct {
	raw []byte
	at  int
}

var (
	errJSON = errors.New("it is not JSON")
	errEnd  = errors.New("there is something after the answer")
)

// maxDepth is how deep values may be nested.
const maxDepth = 200

// space passes over white space and returns the byte behind it, 0 at the end.
func (s *scanner) space() byte {
	for ; s.at < len(s.raw); s.at++ {
		switch c := s.raw[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// members calls each for every member of the object that comes next; each takes
// the value, from where the scanner stands. An empty array passes for an empty
// object, as PHP writes it.
func (s *scanner) members(depth int, each func(key []byte) error) error {
	switch s.space() {
	case '[':
		s.at++
		if s.space() != ']' {
			return errors.New("an array stands where an object should be")
		}
		s.at++
		return nil
	case '{':
		s.at++
	default:
		return errors.New("something else stands where an object should be")
	}
	if s.space() == '}' {
		s.at++
		return nil
	}
	for {
		if s.space() != '"' {
			return errJSON
		}
		from := s.at
		if err := s.text(); err != nil {
			return err
		}
		key := s.raw[from+1 : s.at-1]
		if bytes.IndexByte(key, '\\') >= 0 {
			var plain string
			if json.Unmarshal(s.raw[from:s.at], &plain) != nil {
				return errJSON
			}
			key = []byte(plain)
		}
		if s.space() != ':' {
			return errJSON
		}
		s.at++
		if each == nil {
			each = func([]byte) error { return s.value(depth) }
		}
		if err := each(key); err != nil {
			return err
		}
		switch s.space() {
		case ',':
			s.at++
		case '}':
			s.at++
			return nil
		default:
			return errJSON
		}
	}
}

// take passes over the value that comes next and returns it as it is written.
func (s *scanner) take(depth int) ([]byte, error) {
	s.space()
	from := s.at
	err := s.value(depth)
	return s.raw[from:s.at], err
}

// value passes over the value that comes next.
func (s *scanner) value(depth int) error {
	if depth > maxDepth {
		return errors.New("it is nested too deep")
	}
	switch c := s.space(); {
	case c == '"':
		return s.text()
	case c == '{':
		return s.members(depth+1, nil)
	case c == '[':
		return s.items(depth + 1)
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	}
	for _, word := range []string{"null", "true", "false"} {
		if len(s.raw)-s.at >= len(word) && string(s.raw[s.at:s.at+len(word)]) == word {
			s.at += len(word)
			return nil
		}
	}
	return errJSON
}

// items passes over an array.
func (s *scanner) items(depth int) error {
	s.at++
	if s.space() == ']' {
		s.at++
		return nil
	}
	for {
		if err := s.value(depth); err != nil {
			return err
		}
		switch s.space() {
		case ',':
			s.at++
		case ']':
			s.at++
			return nil
		default:
			return errJSON
		}
	}
}

// text passes over a string.
func (s *scanner) text() error {
	for s.at++; s.at < len(s.raw); s.at++ {
		switch c := s.raw[s.at]; {
		case c == '"':
			s.at++
			return nil
		case c == '\\':
			s.at++ // what follows belongs to it
		case c < ' ':
			return errJSON
		}
	}
	return errJSON
}

// number passes over a number.
func (s *scanner) number() error {
	from := s.at
	for s.at < len(s.raw) {
		if c := s.raw[s.at]; c < '0' || '9' < c {
			if c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
				break
			}
		}
		s.at++
	}
	if !json.Valid(s.raw[from:s.at]) {
		return errJSON
	}
	return nil
}

// end fails unless nothing but white space is left.
func (s *scanner) end() error {
	if s.space() != 0 || s.at < len(s.raw) {
		return errEnd
	}
	return nil
}

// readText puts a string in its place. Null leaves the place empty.
func readText[T ~string](into *T, value []byte) error {
	if value[0] != '"' {
		return orNull(value, "a string")
	}
	inside := value[1 : len(value)-1]
	if bytes.IndexByte(inside, '\\') < 0 && utf8.Valid(inside) {
		*into = T(inside)
		return nil
	}
	var plain string
	err := json.Unmarshal(value, &plain)
	*into = T(plain)
	return err
}

// readInt puts a whole number in its place. Null leaves the place empty.
func readInt(into *int, value []byte) error {
	n, err := strconv.Atoi(string(value))
	if err != nil {
		return orNull(value, "a whole number")
	}
	*into = n
	return nil
}

// readFields puts an object of strings in its place.
func readFields(into *map[string]string, value []byte) error {
	if value[0] != '{' && value[0] != '[' {
		return orNull(value, "an object")
	}
	fields := map[string]string{}
	s := scanner{raw: value}
	*into = fields
	return s.members(0, func(key []byte) error {
		v, err := s.take(0)
		if err != nil {
			return err
		}
		var field string
		err = readText(&field, v)
		fields[string(key)] = field
		return err
	})
}

// readFlag reads what is a boolean in one place and 0 or 1 in another.
func readFlag(value []byte) bool { return string(value) == "true" || string(value) == "1" }

// readTime reads a time; one that cannot be read is taken for absent.
func readTime(value []byte) time.Time {
	var t stamp
	_ = t.UnmarshalJSON(value) // never fails
	return t.Time
}

// orNull is no error for null, which stands for nothing.
func orNull(value []byte, want string) error {
	if string(value) == "null" {
		return nil
	}
	return fmt.Errorf("%s should stand where something else is", want)
}
