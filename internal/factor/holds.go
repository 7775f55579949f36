package factor

import "fmt"

// Holds returns an SQL expression for what the member holds whose id stands in
// a column: 0 is no factor, 1 passkeys alone, 2 a password or an authenticator
// app. It is part of the look-up of an account, so that this needs no statement
// of its own.
func (f *Factors) Holds(column string) string { return fmt.Sprintf(holds, column) }
