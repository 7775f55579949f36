// Command screenshots takes the pictures of the documentation: it builds the
// program, starts it in dev mode, signs up in a headless Chromium as a person
// would, and writes a PNG of each step and of the phone inbox.
//
//	go run ./test/screenshots -out docs/screenshots
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/sinpyo/sinpyo/test/browser"
)

func main() {
	out := flag.String("out", "docs/screenshots", "write the pictures into this `folder`")
	flag.Parse()
	log.SetFlags(0)
	if err := run(context.Background(), *out); err != nil {
		log.Fatal(err)
	}
}

// run takes all pictures.
func run(ctx context.Context, out string) (err error) {
	if err := os.MkdirAll(out, 0o755); err != nil { //nolint:gosec // pictures are for everybody
		return err
	}
	folder, err := os.MkdirTemp("", "sinpyo-screenshots")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	binary, err := browser.Build(ctx, folder)
	if err != nil {
		return err
	}
	program, err := browser.Launch(ctx, binary, folder, "SINPYO_SERVICE_NAME=한뼘책방")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, program.Stop()) }()
	chromium, err := browser.Start(ctx)
	if err != nil {
		return err
	}
	defer chromium.Close()

	p := photographer{ctx: ctx, program: program, chromium: chromium, out: out}
	for i, view := range []view{
		{name: "ko", View: browser.View{Width: 390, Height: 844, Scale: 2, Language: "ko"}},
		{name: "en", View: browser.View{Width: 390, Height: 844, Scale: 2, Language: "en"}},
		{name: "wide-ko", View: browser.View{Width: 1280, Height: 800, Language: "ko"}},
	} {
		if err := p.signUp(view, fmt.Sprintf("010234567%02d", 80+i), fmt.Sprintf("010000000%02d", i)); err != nil {
			return fmt.Errorf("%s: %w", view.name, err)
		}
	}
	return p.inbox()
}

// view is a way to look, with its name in the pictures' names.
type view struct {
	name string
	browser.View
}

// photographer walks and takes pictures.
type photographer struct {
	ctx      context.Context
	program  *browser.Program
	chromium *browser.Browser
	out      string
}

// signUp walks through sign-up with a number, after a try with another one that
// nobody has.
func (p *photographer) signUp(look view, number, nobodys string) error {
	tab, err := p.chromium.Open(look.View)
	if err != nil {
		return err
	}
	defer tab.Close()
	shot := func(step string) func() error {
		return func() error { return p.shot(tab, "signup-"+step+"-"+look.name) }
	}
	var code string
	return each(
		func() error { return p.program.Decide(p.ctx, nobodys, "3032") },
		func() error { return tab.Go(p.program.Signup) },
		shot("1-number"),
		func() error { return tab.Type("#number", nobodys) },
		func() error { return tab.Press("main .main") },
		func() error { return tab.See("#number[aria-invalid]") },
		shot("3-not-delivered"),
		func() error { return tab.Type("#number", number) },
		func() error { return tab.Press("main .main") },
		func() error { return tab.Until("document.querySelector('#code-note').dataset.state === 'sent'") },
		shot("2-code"),
		func() (err error) { code, err = p.program.Code(p.ctx, number); return err },
		func() error { return tab.Type("#code", string('0'+(code[0]-'0'+1)%10)+code[1:]) },
		func() error { return tab.Press(".main") },
		shot("4-wrong-code"),
		func() error { return tab.Type("#code", code) },
		func() error { return tab.Press(".main") },
		func() error { return tab.Type("#name", name[look.Language]) },
		func() error { return tab.Click("#agree-age_14") },
		func() error { return tab.Click("#agree-terms") },
		shot("5-name"),
		func() error { return tab.Press("form .main") },
		func() error { return tab.See("svg.mark") },
		shot("6-done"),
		func() error { return tab.Press("a.later") },
		func() error { return tab.See(".item") },
		shot("7-account"),
	)
}

// name is what the person on the pictures is called.
var name = map[string]string{"ko": "김하늘", "en": "Haneul Kim"}

// inbox takes a picture of the emulator's phone, and one of several phones.
func (p *photographer) inbox() error {
	tab, err := p.chromium.Open(browser.View{Width: 1440, Height: 900})
	if err != nil {
		return err
	}
	defer tab.Close()
	return each(
		func() error { return tab.Go(p.program.Inbox) },
		func() error { return p.shot(tab, "inbox") },
		func() error { return tab.Press("li:not(.shown) .beside") },
		func() error { return tab.Press("li:not(.shown) .beside") },
		func() error { return p.shot(tab, "inbox-phones") },
	)
}

// each does steps in order until one fails.
func each(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// shot writes a picture of a tab, once nothing in it moves.
func (p *photographer) shot(tab *browser.Tab, name string) error {
	if err := tab.Until("document.getAnimations().length === 0"); err != nil {
		return err
	}
	png, err := tab.Shot()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.out, name+".png"), png, 0o644) //nolint:gosec // pictures are for everybody
}
