package factor

import "time"

// HashesAtATime is how many hashes are computed at a time.
func (f *Factors) HashesAtATime() int { return cap(f.hashing) }

// HoldHashes takes all places in which hashes are computed, and makes others
// wait for them so long, until let is called.
func (f *Factors) HoldHashes(patient time.Duration) (let func()) {
	before := f.patient
	f.patient = patient
	for range cap(f.hashing) {
		f.hashing <- struct{}{}
	}
	return func() {
		f.patient = before
		for range cap(f.hashing) {
			<-f.hashing
		}
	}
}

// TOTPCode is what an app shows for a seed in a step.
func TOTPCode(seed []byte, step int64) string { return totpCode(seed, step) }

// QRCode draws a text.
func QRCode(text string) (string, error) { return qrCode(text) }

// Common reports whether a text is on the list of common passwords.
func Common(text string) bool { return common(text) }
