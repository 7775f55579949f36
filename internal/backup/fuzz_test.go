package backup_test

import (
	"bytes"
	"testing"
)

// FuzzOpen reads files that are no backup, or were one: what opens is whole.
func FuzzOpen(f *testing.F) {
	plain := bytes.Repeat([]byte("a database "), 100)
	whole := written(f, ring(f, 1), plain)
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte("sinpyo backup 1\n{}\n"))
	f.Add([]byte("sinpyo backup 1\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, got, err := read(ring(t, 1), file); err == nil && !bytes.Equal(got, plain) {
			t.Errorf("%d bytes that nobody sealed open", len(file))
		}
	})
}
