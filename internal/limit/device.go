package limit

// Device is a browser that signed in before to the account of the very number it
// asks for, as its caller has made sure of. The zero Device is any other.
type Device struct{ hash []byte }

// NewDevice returns the device of a keyed hash.
func NewDevice(hash []byte) Device { return Device{hash} }

// IsZero reports whether it is no trusted browser.
func (d Device) IsZero() bool { return len(d.hash) == 0 }

// Hash returns what a row keeps of it, nil for the zero Device.
func (d Device) Hash() []byte { return d.hash }
