package face_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/internal/face/facetest"
)

func TestFont_IsTheOneThatWasVendored(t *testing.T) {
	t.Parallel()
	facetest.IsAsVendored(t, "assets/pretendard")
}
