package pages

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"github.com/sinpyo/sinpyo/internal/face"
)

// readable is the least contrast of words on their ground (WCAG 2.2, 1.4.3).
const readable = 4.5

// ourBrand is the brand colour where the operator names none.
const ourBrand = "#256ef4"

// colour is a colour of the screen, red, green and blue from 0 to 255.
type colour [3]float64

// The colours that a brand stands beside, as pages.css names them.
var (
	paper   = colour{0xff, 0xff, 0xff}
	surface = colour{0xf4, 0xf5, 0xf6}
	ink     = colour{0x1e, 0x21, 0x24}
	black   = colour{}
)

// parseColour reads six hexadecimal digits behind a "#".
func parseColour(text string) (c colour, err error) {
	n, err := strconv.ParseUint(text[min(1, len(text)):], 16, 32)
	if err != nil || len(text) != 7 || text[0] != '#' {
		return c, fmt.Errorf("%q is no colour such as %s", text, ourBrand)
	}
	return colour{float64(n >> 16), float64(n >> 8 & 0xff), float64(n & 0xff)}, nil
}

// String returns the colour as a style sheet writes it.
func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0])), int(math.Round(c[1])), int(math.Round(c[2])))
}

// mix returns c with a part of another colour in it, 0 to 1.
func (c colour) mix(with colour, part float64) colour {
	for i := range c {
		c[i] += (with[i] - c[i]) * part
	}
	return c
}

// luminance is how bright a colour is, 0 to 1 (WCAG 2.2, relative luminance).
func (c colour) luminance() float64 {
	var linear [3]float64
	for i, v := range c {
		v = math.Round(v) / 255
		if linear[i] = v / 12.92; v > 0.04045 {
			linear[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

// contrast is how well one colour is seen on another, 1 to 21.
func contrast(a, b colour) float64 {
	lighter, darker := a.luminance(), b.luminance()
	if lighter < darker {
		lighter, darker = darker, lighter
	}
	return (lighter + 0.05) / (darker + 0.05)
}

// shade returns the brand darkened: a step at least, so that a button shows that
// it is pointed at, and as far as words in it can be read on the surface.
func (c colour) shade() colour {
	for part := 0.2; ; part += 0.05 {
		if darker := c.mix(black, part); contrast(darker, surface) >= readable || part >= 1 {
			return darker
		}
	}
}

// on returns the colour of words on the brand: white where it can be read, else
// our ink, else black, one of which always can.
func (c colour) on() colour {
	for _, words := range []colour{paper, ink} {
		if contrast(c, words) >= readable {
			return words
		}
	}
	return black
}

// sheet is a style sheet that puts the brand, and what follows from it, in the
// place of ours. Where the brand cannot be read on white its shade is what words
// are written in.
func (c colour) sheet() []byte {
	words := c
	if contrast(c, paper) < readable {
		words = c.shade()
	}
	return fmt.Appendf(nil, `/* The operator's brand colour and what follows from it. */
:root {
  --brand: %s;
  --brand-2: %s;
  --brand-soft: %s;
  --brand-mid: %s;
  --brand-ink: %s;
  --on-brand: %s;
  --tick: url("data:image/svg+xml,%%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%%23%[7]s' stroke-width='2.2' stroke-linecap='round' stroke-linejoin='round'%%3E%%3Cpath d='m7 12.3 3.4 3.4 6.6-7'/%%3E%%3C/svg%%3E");
  --minus: url("data:image/svg+xml,%%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%%23%[7]s' stroke-width='2.2' stroke-linecap='round'%%3E%%3Cpath d='M7.5 12h9'/%%3E%%3C/svg%%3E");
}
`, c, c.shade(), c.mix(paper, 0.92), c.mix(paper, 0.7), words, c.on(), c.on().String()[1:])
}

// mark returns the mark with its lower half in the brand colour.
func (c colour) mark() []byte {
	return bytes.Replace(face.Mark(), []byte(ourBrand), []byte(c.String()), 1)
}
