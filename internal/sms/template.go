package sms

import (
	"strings"
	"unicode/utf8"
)

// template is a text with {name} and {code} in it, each once.
type template string

// The templates (security requirements, 2.1), without their last line.
const (
	ko      template = "[{name}] 인증번호 {code}\n타인에게 알려주지 마세요"
	koShort template = "[{name}] 인증번호 {code}"
	en      template = "[{name}] Code {code}. Never share it."
	enShort template = "[{name}] Code {code}"
)

// text is a template with name and host in place, cut where the code goes.
type text struct {
	head, tail string // before and after the code
	bound      bool   // tail ends with the last line, and the code follows once more
}

// fill puts name and host into a template and adds the last line if there is a
// host: "@", the host, a space, "#", the code, and nothing else.
func (t template) fill(name, host string) text {
	head, tail, _ := strings.Cut(string(t), "{code}")
	x := text{head: strings.Replace(head, "{name}", name, 1), tail: tail}
	if host != "" {
		x.tail += "\n@" + host + " #"
		x.bound = true
	}
	return x
}

// bytes returns the length of the text with a code of that many digits, in
// EUC-KR. Name and host have been checked, so every character outside ASCII has
// two bytes there.
func (x text) bytes(digits int) int {
	n := digits
	if x.bound {
		n *= 2
	}
	for _, r := range x.head + x.tail {
		n++
		if r >= utf8.RuneSelf {
			n++
		}
	}
	return n
}
