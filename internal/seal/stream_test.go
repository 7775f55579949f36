package seal_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/sinpyo/sinpyo/internal/seal"
)

// sealed seals a text in writes of odd sizes.
func sealed(t *testing.T, ring *seal.Ring, about, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := ring.SealTo(&out, about)
	if err != nil {
		t.Fatal(err)
	}
	for piece := range slices.Chunk(plain, 10_007) {
		if n, err := w.Write(piece); err != nil || n != len(piece) {
			t.Fatalf("wrote %d of %d, %v", n, len(piece), err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func opened(ring *seal.Ring, about, stream []byte) ([]byte, error) {
	r, err := ring.OpenFrom(bytes.NewReader(stream), about)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// TestStream_OpensWhole has lengths around those of a piece.
func TestStream_OpensWhole(t *testing.T) {
	t.Parallel()
	ring, about := newRing(t, 1), []byte("about")
	for _, length := range []int{0, 1, 65535, 65536, 65537, 131072, 200_000} {
		plain := bytes.Repeat([]byte("0123456789abcdef"), length/16+1)[:length]
		stream := sealed(t, ring, about, plain)
		if got, err := opened(ring, about, stream); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: opened %d, %v", length, len(got), err)
		}
		if length > 16 && bytes.Contains(stream, plain[:16]) {
			t.Error("the stream shows what was sealed")
		}
		if bytes.Equal(stream, sealed(t, ring, about, plain)) {
			t.Error("two streams are the same")
		}
	}
}

// TestStream_OpensInNoOtherWay cuts, changes and joins a stream of three pieces.
func TestStream_OpensInNoOtherWay(t *testing.T) {
	t.Parallel()
	ring, about := newRing(t, 1), []byte("about")
	const piece, head = 65536 + 16, 1 + 16 + 32
	stream := sealed(t, ring, about, make([]byte, 2*65536+100))
	if len(stream) != head+2*piece+116 {
		t.Fatalf("the stream has %d bytes", len(stream))
	}
	bad := map[string][]byte{
		"without its last piece":       stream[:head+2*piece],
		"without its end":              stream[:len(stream)-1],
		"cut within a piece":           stream[:head+piece+5],
		"without pieces":               stream[:head],
		"with more behind it":          append(slices.Clone(stream), 0),
		"with its end doubled":         append(slices.Clone(stream), stream[head+2*piece:]...),
		"with the first piece twice":   slices.Concat(stream[:head+piece], stream[head:head+piece], stream[head+2*piece:]),
		"with two pieces changed":      slices.Concat(stream[:head], stream[head+piece:head+2*piece], stream[head:head+piece], stream[head+2*piece:]),
		"without the piece between":    slices.Concat(stream[:head+piece], stream[head+2*piece:]),
		"with the head of a sibling's": slices.Concat(sealed(t, ring, about, nil)[:head], stream[head:]),
	}
	for i := head; i < len(stream); i += 7919 {
		other := slices.Clone(stream)
		other[i] ^= 1
		bad["with a bit turned"] = other
		for what, stream := range bad {
			if got, err := opened(ring, about, stream); !errors.Is(err, seal.ErrOpen) {
				t.Fatalf("%s (at %d) it opened with %d bytes, %v", what, i, len(got), err)
			}
		}
	}
	if _, err := opened(ring, []byte("other"), stream); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("about something else: %v", err)
	}
	if _, err := opened(newRing(t, 2), about, stream); !errors.Is(err, seal.ErrStreamKey) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := opened(ring, about, stream[:10]); !errors.Is(err, seal.ErrStream) {
		t.Errorf("of ten bytes: %v", err)
	}
}
