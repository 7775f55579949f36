package seal

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What a stream refuses when it is opened. A stream that was changed, cut off or
// lengthened anywhere is [ErrOpen].
var (
	ErrStream    = errors.New("this is no sealed stream")
	ErrStreamKey = errors.New("it was sealed with a master key that is not in the file")
)

const (
	streamChunk = 64 << 10 // plain bytes in one piece
	streamSalt  = 32
	streamLabel = "backup"
)

// A stream begins with the id of its master key, the check value of that key,
// and a salt; the key of the stream is derived from the master key and the salt,
// so that each stream has its own and its nonces can count. Then come pieces of
// streamChunk bytes, each sealed with AES-256-GCM. The nonce of a piece is its
// number and, in the last byte, whether it is the last one: a stream that lacks
// its end, or has its pieces in another order, does not open. What the stream is
// about is associated data of every piece.
const streamHead = 1 + hashSize + streamSalt

// SealTo returns a writer that seals what is written to it with the key that
// seals now and writes that to w. about is not part of the stream, and
// without it the stream does not open. Close writes the end and leaves w open.
func (r *Ring) SealTo(w io.Writer, about []byte) (io.WriteCloser, error) {
	s := r.sealers.Load()
	head := make([]byte, 0, streamHead)
	head = append(head, s.writes)
	for _, k := range s.keys {
		if k.ID == int(s.writes) {
			head = append(head, k.check()...)
		}
	}
	salt := make([]byte, streamSalt)
	_, _ = rand.Read(salt) // it ends the program rather than fail
	head = append(head, salt...)
	aead, err := streamAEAD(s.streams[s.writes], salt)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(head); err != nil {
		return nil, err
	}
	return &streamWriter{w: w, aead: aead, about: about, plain: make([]byte, 0, streamChunk)}, nil
}

// OpenFrom returns a reader of what was sealed with SealTo. Refusals:
// [ErrStream], [ErrStreamKey], and [ErrOpen], which a read may return as well.
// What was read counts only when io.EOF has come.
func (r *Ring) OpenFrom(from io.Reader, about []byte) (io.Reader, error) {
	head := make([]byte, streamHead)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, ErrStream
	}
	s := r.sealers.Load()
	key := s.streams[head[0]]
	for _, k := range s.keys {
		if k.ID == int(head[0]) && string(k.check()) != string(head[1:1+hashSize]) {
			key = nil
		}
	}
	if key == nil {
		return nil, fmt.Errorf("%w: it has the number %d", ErrStreamKey, head[0])
	}
	aead, err := streamAEAD(key, head[1+hashSize:])
	if err != nil {
		return nil, err
	}
	return &streamReader{r: bufio.NewReaderSize(from, 2*streamChunk), aead: aead, about: about}, nil
}

// check is the check value of a key in bytes.
func (k Key) check() []byte {
	b, err := base64.RawURLEncoding.DecodeString(k.Check)
	if err != nil {
		panic("seal: the check value of a key is not what add wrote")
	}
	return b
}

// streamAEAD derives the key of one stream.
func streamAEAD(key, salt []byte) (cipher.AEAD, error) {
	own, err := hkdf.Key(sha256.New, key, salt, "sinpyo/1/stream", 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of a stream: %w", err)
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, fmt.Errorf("preparing the key of a stream: %w", err)
	}
	return cipher.NewGCM(block)
}

// streamNonce numbers a piece.
func streamNonce(number uint64, last bool) []byte {
	nonce := make([]byte, 12)
	binary.BigEndian.PutUint64(nonce, number)
	if last {
		nonce[11] = 1
	}
	return nonce
}

type streamWriter struct {
	w      io.Writer
	aead   cipher.AEAD
	about  []byte
	plain  []byte
	number uint64
	err    error
}

// Write takes plain bytes. A full piece leaves when more comes, since it may be
// the last.
func (s *streamWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 && s.err == nil {
		if len(s.plain) == streamChunk {
			s.flush(false)
			continue
		}
		took := min(len(p), streamChunk-len(s.plain))
		s.plain = append(s.plain, p[:took]...)
		p, n = p[took:], n+took
	}
	return n, s.err
}

func (s *streamWriter) flush(last bool) {
	piece := s.aead.Seal(nil, streamNonce(s.number, last), s.plain, s.about) // #nosec G407 -- the key is this stream's alone
	_, s.err = s.w.Write(piece)
	s.plain = s.plain[:0]
	s.number++
}

// Close writes the last piece.
func (s *streamWriter) Close() error {
	if s.err == nil {
		s.flush(true)
	}
	err := s.err
	s.err = errors.New("the stream is closed")
	return err
}

type streamReader struct {
	r      *bufio.Reader
	aead   cipher.AEAD
	about  []byte
	plain  []byte // of a piece, not yet read
	number uint64
	ended  bool
	err    error
}

// Read returns plain bytes of pieces that are genuine and in their place.
func (s *streamReader) Read(p []byte) (int, error) {
	for len(s.plain) == 0 && s.err == nil {
		if s.ended {
			s.err = io.EOF
			break
		}
		s.plain, s.err = s.next()
	}
	if len(s.plain) == 0 {
		return 0, s.err
	}
	n := copy(p, s.plain)
	s.plain = s.plain[n:]
	return n, nil
}

func (s *streamReader) next() ([]byte, error) {
	piece := make([]byte, streamChunk+s.aead.Overhead())
	n, err := io.ReadFull(s.r, piece)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		s.ended = true
	case err != nil:
		return nil, err
	default:
		_, err = s.r.Peek(1)
		s.ended = errors.Is(err, io.EOF)
		if err != nil && !s.ended {
			return nil, err
		}
	}
	plain, err := s.aead.Open(piece[:0], streamNonce(s.number, s.ended), piece[:n], s.about)
	if err != nil {
		return nil, ErrOpen
	}
	s.number++
	return plain, nil
}
