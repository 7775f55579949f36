package watch

import (
	"context"
	"errors"
)

// WarnTwice has two nodes warn that have read the same.
func WarnTwice(ctx context.Context, one, other *Watch) error {
	kept, err := one.kept(ctx)
	for _, k := range kept {
		err = errors.Join(err, one.warn(ctx, k), other.warn(ctx, k))
	}
	return err
}
