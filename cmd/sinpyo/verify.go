package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// verifyCommand verifies a number by hand, through a running server of this
// machine, as a backend does.
type verifyCommand struct {
	Start verifyStart `cmd:"" help:"Have a code texted to a number; asks before it costs money."`
	Check verifyCheck `cmd:"" help:"Check the code that came."`
}

type verifyStart struct {
	settingsFlags
	To      string `arg:"" help:"The number, or - to read it from standard input."`
	Purpose string `default:"api" help:"What for: signup, login, recovery, number_change or api."`
	Yes     bool   `help:"Do not ask."`
	JSON    bool   `help:"Print JSON."`
}

// Help is shown below the flags.
func (verifyStart) Help() string {
	return `A server has to run on this machine. All limits and budgets hold.

Example:  sinpyo verify start 010-1234-5678`
}

// begunVerification is what verify start prints.
type begunVerification struct {
	ID         string    `json:"id"`
	Status     string    `json:"status"`
	CodeLength int       `json:"code_length"`
	ExpiresAt  time.Time `json:"expires_at"`
	Message    struct {
		ID string `json:"id"`
	} `json:"message"`
}

// Run starts a verification.
func (c *verifyStart) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	to := c.To
	if to == "-" {
		if to, err = line(s, ""); err != nil {
			return err
		}
	}
	number, err := phone.Parse(to)
	if err != nil {
		return usageError{fmt.Errorf("TO: %w", err)}
	}
	if !c.Yes {
		if err := ask(s, fmt.Sprintf("Text a code to %s for %s (list price)?", number.Display(), won(limit.TextPrice))); err != nil {
			return err
		}
	}
	var v begunVerification
	err = c.byAPI(s, settings, "/v1/verifications", map[string]string{"to": number.E164(), "purpose": c.Purpose}, &v)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s, v)
	}
	_, err = fmt.Fprintf(s.out, "id       %s\nmessage  %s\nexpires  %s\n\nThen:  sinpyo verify check %s\n",
		v.ID, v.Message.ID, v.ExpiresAt.Format(time.RFC3339), v.ID)
	return err
}

type verifyCheck struct {
	settingsFlags
	ID   string `arg:"" help:"The id of the verification, as verify start prints it."`
	JSON bool   `help:"Print JSON."`
}

// Help is shown below the flags.
func (verifyCheck) Help() string {
	return `The code is asked for, or read from standard input: it stands in no list of processes. Status 1 when it is not approved.

Example:  sinpyo verify check ver_01kaz...`
}

// checkedVerification is what verify check prints. The receipt is left out: what
// is verified by hand is for no backend.
type checkedVerification struct {
	ID           string `json:"id"`
	Status       string `json:"status"`
	Approved     bool   `json:"approved"`
	AttemptsLeft int    `json:"attempts_left"`
}

// Run checks a code.
func (c *verifyCheck) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	code, err := line(s, "Code: ")
	if err != nil {
		return err
	}
	v := checkedVerification{ID: c.ID}
	if err := c.byAPI(s, settings, "/v1/verifications/"+c.ID+"/check", map[string]string{"code": code}, &v); err != nil {
		return err
	}
	switch {
	case c.JSON:
		err = printJSON(s, v)
	case v.Approved:
		_, err = fmt.Fprintln(s.out, "approved")
	}
	if err == nil && !v.Approved {
		err = fmt.Errorf("not approved: the verification is %s, %d attempts left", v.Status, v.AttemptsLeft)
	}
	return err
}

// line reads one line from standard input, asked for by a prompt unless that is
// empty.
func line(s *shell, prompt string) (string, error) {
	_, _ = fmt.Fprint(s.err, prompt)
	read := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(s.in).ReadString('\n') // an end without a line is an empty one
		read <- strings.TrimSpace(text)
	}()
	select {
	case text := <-read:
		if text != "" {
			return text, nil
		}
	case <-s.ctx.Done():
	}
	return "", usageError{errors.New("nothing was typed")}
}

// keyMost is how long the key of one call lives, should it not be revoked.
const keyMost = 10 * time.Minute

// byAPI calls the server of this machine as a backend does, with an application
// key that is made for the call and revoked after it.
func (f settingsFlags) byAPI(s *shell, settings *config.Config, path string, body, out any) (err error) {
	if settings.Listen == "" {
		return usageError{errors.New("listen is empty: there is no listener to ask")}
	}
	client, server, err := probe(settings)
	if err != nil {
		return err
	}
	return f.withApps(s, func(_ *config.Config, apps *app.Apps) (err error) {
		act := app.Act{Actor: "command line", Reason: "sinpyo verify"}
		key, secret, err := apps.CreateKey(s.ctx, app.Builtin, "sinpyo verify", act, app.WithScopes(app.Verify), app.WithLifetime(keyMost))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, apps.RevokeKey(context.WithoutCancel(s.ctx), key.ID, act)) }()
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, server+path, bytes.NewReader(text))
		if err != nil {
			return err
		}
		r.Host = settings.PublicURL.Host // the server answers for no other
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", "application/json")
		client.Timeout = 30 * time.Second
		res, err := client.Do(r)
		if err != nil {
			return fmt.Errorf("no answer at %s: is sinpyo serve running? %w", settings.Listen, reason(err))
		}
		defer res.Body.Close() //nolint:errcheck // it was only read
		answer := json.NewDecoder(res.Body)
		if res.StatusCode/100 == 2 {
			return answer.Decode(out)
		}
		var problem struct{ Code, Detail string }
		_ = answer.Decode(&problem) // another answer has none
		return fmt.Errorf("the server refused with status %d: %s %s", res.StatusCode, problem.Code, problem.Detail)
	})
}
