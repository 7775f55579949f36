package console_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/internal/face/facetest"
)

func TestLibraries_AreThoseThatWereVendored(t *testing.T) {
	t.Parallel()
	facetest.IsAsVendored(t, "assets/vendor")
}
