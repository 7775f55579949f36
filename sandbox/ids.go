package sandbox

import (
	"io"
	"sync"
	"time"
)

// korea is the zone of ids and of the page; Korea has no summer time.
var korea = time.FixedZone("KST", 9*60*60)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// randomText draws n characters of A-Z and 0-9, each equally likely. A source
// that fails ends the program: ids that repeat would be worse.
func randomText(r io.ByteReader, n int) string {
	out := make([]byte, 0, n)
	for len(out) < n {
		b, err := r.ReadByte()
		if err != nil {
			panic("sandbox: the source of chance failed: " + err.Error())
		}
		if b < 252 { // 7 × 36: the rest would favour the first letters
			out = append(out, alphabet[b%36])
		}
	}
	return string(out)
}

// newID makes an id as the provider forms it: a prefix (M4V, G4V, SED), the
// Korean time to the second, 15 random characters.
func newID(r io.ByteReader, prefix string, now time.Time) string {
	return prefix + now.In(korea).Format("20060102150405") + randomText(r, 15)
}

// stamp writes a time as the provider's JSON does: UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// optional is stamp for times that may not have come yet (null).
func optional(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := stamp(t)
	return &s
}

// serialReader lets one source of chance serve several readers.
type serialReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (s *serialReader) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Read(p)
}
