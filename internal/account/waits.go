package account

import "time"

// RecoveryWait is how long a recovery without a second proof waits; 0 is never.
func (a *Accounts) RecoveryWait() time.Duration { return a.recoveryWait }
