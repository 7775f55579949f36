package factor

import "fmt"

// holds is what Holds returns, with the column put in three times.
const holds = `CASE
WHEN EXISTS (SELECT 1 FROM passwords f WHERE f.user_id = %[1]s)
    OR EXISTS (SELECT 1 FROM totp_seeds f WHERE f.user_id = %[1]s AND f.seed_sealed IS NOT NULL) THEN 2
WHEN EXISTS (SELECT 1 FROM passkeys f WHERE f.user_id = %[1]s) THEN 1
ELSE 0 END`

// Holds returns an SQL expression for what the member holds whose id stands in
// a column: 0 is no factor, 1 passkeys alone, 2 a password or an authenticator
// app. It is part of the look-up of an account, so that this needs no statement
// of its own.
func (f *Factors) Holds(column string) string { return fmt.Sprintf(holds, column) }
