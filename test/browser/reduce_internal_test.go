package browser

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// A picture of many greys with one red point keeps the point, looks as it did
// and has few colours.
func TestReduce_KeepsWhatIsRare(t *testing.T) {
	t.Parallel()
	full := image.NewRGBA(image.Rect(0, 0, 256, 16))
	for x := range 256 {
		for y := range 16 {
			full.Set(x, y, color.RGBA{uint8(x), uint8(x), uint8(x), 255})
		}
	}
	red := color.RGBA{200, 20, 20, 255}
	full.Set(7, 7, red)
	var b bytes.Buffer
	if err := png.Encode(&b, full); err != nil {
		t.Fatal(err)
	}
	small, err := Reduce(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.(*image.Paletted).Palette); n > colours {
		t.Errorf("it has %d colours", n)
	}
	if c := got.At(7, 7); c != color.Color(red) {
		t.Errorf("the red point is %v", c)
	}
	for x := range 256 {
		if d := distance(got.At(x, 0).(color.RGBA), full.RGBAAt(x, 0)); d > 6 {
			t.Errorf("the grey %d is off by %d", x, d)
		}
	}
}
