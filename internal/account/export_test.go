package account

// Settle waits for the acts that no request waits for.
func (a *Accounts) Settle() { a.beside.Wait() }

// LookThrough sets how many members one page of a list looks through.
func (a *Accounts) LookThrough(most int) { a.listMost = most }

// ListQueries are the statements of a list, for the test of their plans.
var ListQueries = []string{listUsers, userBelow}
