package main

import (
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// applicationsCommand keeps the applications that backends speak for. Each of its
// commands works beside a running server.
type applicationsCommand struct {
	List   applicationsList   `cmd:"" help:"List the applications."`
	Create applicationsCreate `cmd:"" help:"Make an application, whose name stands in its texts."`
	Rename applicationsRename `cmd:"" help:"Give an application another name, host or languages."`
}

type applicationsList struct {
	settingsFlags
	listFlags
}

// listedApplication is one application as it is listed.
type listedApplication struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Host      string   `json:"host"` // empty for none
	Languages []string `json:"languages"`
	CreatedAt string   `json:"created_at,omitempty"`
}

func listed(a app.Application) listedApplication {
	return listedApplication{a.ID, a.Name, a.Host, a.Languages, stamp(a.CreatedAt)}
}

// Run lists the applications, the built-in one first.
func (c *applicationsList) Run(s *shell) error {
	return c.withApps(s, func(_ *config.Config, apps *app.Apps) error {
		all, err := apps.List(s.ctx)
		if err != nil {
			return err
		}
		list := make([]listedApplication, len(all))
		rows := [][]string{{"id", "name", "host", "languages", "created"}}
		for i, a := range all {
			list[i] = listed(a)
			rows = append(rows, []string{a.ID, a.Name, a.Host, strings.Join(a.Languages, " "), list[i].CreatedAt})
		}
		return c.print(s, list, rows)
	})
}

// applicationFlags are what an application is called. They refuse nothing: what a
// text can carry is package sms's to say.
type applicationFlags struct {
	settingsFlags
	why
	Name     string   `required:"" help:"The name that stands in its texts."`
	Host     string   `placeholder:"HOST" help:"The host of its pages, which the last line of a text names; none when left out."`
	Language []string `default:"ko,en" placeholder:"LANGUAGE" help:"ko or en, the default first; may be repeated. Both when left out."`
	JSON     bool     `help:"Print JSON."`
}

// show prints an application that was made or changed.
func (f applicationFlags) show(s *shell, a app.Application, err error) error {
	if refusal := fault.As(err); refusal != nil {
		return refusal // it says all that a person needs
	}
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(s, listed(a))
	}
	longest := 0
	for _, p := range a.Texts.Previews() {
		longest = max(longest, p.Bytes)
	}
	_, err = fmt.Fprintf(s.out, "id         %s\nname       %s\nhost       %s\nlanguages  %s\ntexts      at most %d bytes\n",
		a.ID, a.Name, a.Host, strings.Join(a.Languages, " "), longest)
	return err
}

type applicationsCreate struct{ applicationFlags }

// Help is shown below the flags.
func (applicationsCreate) Help() string {
	return `Example:  sinpyo applications create --name 한뼘책방 --host shop.example.kr`
}

// Run makes an application.
func (c *applicationsCreate) Run(s *shell) error {
	return c.withApps(s, func(_ *config.Config, apps *app.Apps) error {
		made, err := apps.Create(s.ctx, c.Name, c.Host, c.Language, c.act())
		return c.show(s, made, err)
	})
}

type applicationsRename struct {
	ID string `arg:"" help:"The id of the application, as applications list prints it."`
	applicationFlags
}

// Help is shown below the flags.
func (applicationsRename) Help() string {
	return `All that an application is called is set anew. That of the hosted pages is named by the settings.

Example:  sinpyo applications rename app_01kaz... --name 한뼘서점 --host shop.example.kr`
}

// Run changes an application; its next text has the new name.
func (c *applicationsRename) Run(s *shell) error {
	return c.withApps(s, func(_ *config.Config, apps *app.Apps) error {
		renamed, err := apps.Rename(s.ctx, c.ID, c.Name, c.Host, c.Language, c.act())
		return c.show(s, renamed, err)
	})
}
