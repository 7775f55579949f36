package limit

import "github.com/sinpyo/sinpyo/internal/fault"

// ErrChallenge refuses until the caller has solved a challenge: the network is
// busy, or the installation is. A start with the solution is let through.
var ErrChallenge = fault.New(fault.TooMany, "network_limited",
	"many texts were asked for from this network: solve the challenge and start again with it")

// Device is a browser that signed in before to the account of the very number it
// asks for, as its caller has made sure of. The zero Device is any other.
type Device struct{ hash []byte }

// NewDevice returns the device of a keyed hash.
func NewDevice(hash []byte) Device { return Device{hash} }

// IsZero reports whether it is no trusted browser.
func (d Device) IsZero() bool { return len(d.hash) == 0 }

// Hash returns what a row keeps of it, nil for the zero Device.
func (d Device) Hash() []byte { return d.hash }
