package account

// Settle waits for the acts that no request waits for.
func (a *Accounts) Settle() { a.beside.Wait() }
