//go:build !crashpoints

package verify

import (
	"context"

	"github.com/sinpyo/sinpyo/internal/limit"
)

// wrong is the step of a wrong code. A build for tests can take a broken one.
func (v *Verifier) wrong(ctx context.Context, c *checked, guess *limit.Guess) error {
	return v.countWrong(ctx, c, guess)
}
