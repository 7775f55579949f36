package consent

// Stretch sets about how many rows one read of the whole ledger looks at.
func (l *Ledger) Stretch(rows int) { l.stretch = rows }

// StretchQueries are the statements that read the whole ledger, for the test of
// their plans.
var StretchQueries = []string{stretchEnd, countAgreements, agreementsTo}
