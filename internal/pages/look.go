package pages

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png" // a logo's form
	"os"

	"github.com/sinpyo/sinpyo/internal/consent"
)

// Look is how an operator has the pages look.
type Look struct {
	Logo    string // a file that stands for the service's name; "" shows the name
	Brand   string // the colour of what can be pressed, such as "#256ef4"; "" is ours
	Support string // an address where people ask for help; "" is none
	Dir     string // a folder with templates and texts in the place of ours; "" is none
}

// logoMost is the largest logo, in bytes: every first visit waits for it.
const logoMost = 64 << 10

// logo is a file that stands for the service's name.
type logo struct {
	body      []byte
	ext, kind string
}

// readLogo reads a logo and finds out what it is by what stands in it.
func readLogo(path string) (*logo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the logo: %w", err)
	}
	if info.Size() > logoMost {
		return nil, fmt.Errorf("the logo %s has %d bytes: at most %d, so that pages stay light", path, info.Size(), logoMost)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the logo: %w", err)
	}
	switch {
	case bytes.HasPrefix(body, []byte("\x89PNG\r\n\x1a\n")):
		if _, _, err := image.DecodeConfig(bytes.NewReader(body)); err != nil {
			return nil, fmt.Errorf("the logo %s is a broken PNG: %w", path, err)
		}
		return &logo{body, ".png", "image/png"}, nil
	case len(body) > 12 && string(body[:4]) == "RIFF" && string(body[8:12]) == "WEBP":
		return &logo{body, ".webp", "image/webp"}, nil
	case bytes.Contains(body, []byte("<svg")):
		return &logo{body, ".svg", "image/svg+xml"}, nil
	}
	return nil, fmt.Errorf("the logo %s is no SVG, PNG or WebP", path)
}

// Check reports what keeps the pages from being shown in a look, as New would.
func (l Look) Check() error {
	if l == (Look{}) {
		return nil
	}
	a, err := newAssets(l)
	if err != nil {
		return err
	}
	_, err = newLocales(site{Assets: a, Consents: consent.New(consent.Options{})}, l.Dir)
	return err
}

// Warnings tells what is unwise about a look.
func (l Look) Warnings() []string {
	b, err := parseColour(l.Brand)
	if l.Brand == "" || err != nil {
		return nil // New refuses it
	}
	if on := contrast(b, paper); on < readable {
		return []string{fmt.Sprintf(
			"service.brand %s has a contrast of %.1f:1 on white, under %.1f:1: buttons show it with dark letters, and links in a darker shade", l.Brand, on, readable)}
	}
	return nil
}
