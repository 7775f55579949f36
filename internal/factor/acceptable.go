package factor

// Acceptable returns what [Factors.SetPassword] would refuse a password with, or
// nil, so that a form can say all that is wrong with it at once.
func (f *Factors) Acceptable(password string, own ...string) error {
	_, err := f.acceptable(password, own)
	return err
}

// Least is how many characters a password has at least.
func (f *Factors) Least() int { return f.passwords.Least }
