package browser

import (
	"context"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Dark says whether the person prefers dark pages from now on, and that they want
// nothing to move: a colour that is on its way to another one is neither.
func (t *Tab) Dark(on bool) error {
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	t.spoiled = true
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		},
	})
	return err
}
