package browser

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// colours is how many a picture may have, and grounds how many of them are
// those that stand in it most, however much alike: paper and surface differ
// little, and much of a picture is one or the other.
const (
	colours = 64
	grounds = 16
)

// Reduce gives a picture a palette: its colours in the order of how often they
// stand in it, but for those that look like one before. How much alike two
// colours must be grows until the palette is small enough, so that a colour that
// few points have, such as a red notch, keeps its place.
func Reduce(picture []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	counts := map[color.RGBA]int{}
	size := full.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(full.At(x, y)).(color.RGBA) }
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	palette, place := choose(counts)
	small := image.NewPaletted(size, palette)
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			small.SetColorIndex(x, y, place[at(x, y)])
		}
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err = encoder.Encode(&b, small)
	return b.Bytes(), err
}

// choose returns a palette and the place of each colour in it.
func choose(counts map[color.RGBA]int) (color.Palette, map[color.RGBA]uint8) {
	order := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		order = append(order, c)
	}
	slices.SortFunc(order, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]),
			cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	for alike := 0; ; alike += 3 {
		palette, place := color.Palette{}, map[color.RGBA]uint8{}
		for rank, c := range order {
			near := len(palette)
			for i, p := range palette {
				if rank >= grounds && distance(c, p.(color.RGBA)) <= alike {
					near = i
					break
				}
			}
			if near == len(palette) {
				palette = append(palette, c)
			}
			if len(palette) > colours {
				break
			}
			place[c] = uint8(near) //nolint:gosec // fewer than 256
		}
		if len(palette) <= colours {
			return palette, place
		}
	}
}

// distance is the largest difference of two colours in red, green or blue.
func distance(a, b color.RGBA) int {
	return max(apart(a.R, b.R), apart(a.G, b.G), apart(a.B, b.B))
}

func apart(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
