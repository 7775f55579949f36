package sandbox

// Watch returns a channel that gets a value whenever something changed: a text
// was sent or arrived, the money moved, a call was made. Changes that come
// while nobody reads are told once. It stops when stop is called; at most 64
// watchers and open pages are served, further ones get nil and hear nothing.
func (s *Sandbox) Watch() (changed <-chan struct{}, stop func()) {
	l := s.hub.join()
	if l == nil {
		return nil, func() {}
	}
	return l.wake, func() { s.hub.leave(l) }
}

// Code returns the one-time code in a text, or nothing: the code bound to an
// origin on its last line, or else the first run of 4 to 10 digits that is not
// part of a number with hyphens.
func (m HandsetMessage) Code() string { return codeIn(m.Text) }
