package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Build builds the program into a folder and returns where it is.
func Build(ctx context.Context, folder string) (string, error) {
	binary := filepath.Join(folder, "sinpyo")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/sinpyo/sinpyo/cmd/sinpyo") //nolint:gosec // our own program
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return binary, nil
}

// Program is the whole program in dev mode, on ports of its own.
type Program struct {
	Signup  string // address of the sign-up page
	Inbox   string // address of the emulator
	Console string // address of the console
	Owner   string // the link by which its first owner comes in

	command *exec.Cmd
	errors  *bytes.Buffer // what it wrote to its log
}

// Launch starts the program at binary with its data in folder. More settings
// are given as environment variables, "NAME=value".
func Launch(ctx context.Context, binary, folder string, settings ...string) (*Program, error) {
	p := &Program{command: exec.CommandContext(ctx, binary, "serve", "--dev"), errors: &bytes.Buffer{}} //nolint:gosec // our own program
	p.command.Dir = folder
	p.command.Env = append(os.Environ(),
		"SINPYO_LISTEN=127.0.0.1:0", "SINPYO_SANDBOX_LISTEN=127.0.0.1:0", "SINPYO_METRICS_LISTEN=", "SINPYO_CONSOLE_LISTEN=127.0.0.1:0",
		"SINPYO_DATA_DIR="+filepath.Join(folder, "data"))
	p.command.Env = append(p.command.Env, settings...)
	p.command.Stderr = p.errors
	p.command.Cancel = func() error { return p.command.Process.Signal(syscall.SIGTERM) }
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("starting the program: %w", err)
	}
	if err := p.readAddresses(out); err != nil {
		return nil, errors.Join(err, p.Stop(), errors.New(p.errors.String()))
	}
	return p, nil
}

// readAddresses reads what the program prints once it can be reached.
func (p *Program) readAddresses(out io.Reader) error {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		switch field := strings.Fields(lines.Text()); {
		case len(field) < 2:
		case field[0] == "sign-up":
			p.Signup = field[1]
		case field[0] == "inbox":
			p.Inbox = field[1]
		case field[0] == "console":
			p.Console = field[1]
		case field[0] == "owner":
			p.Owner = field[1]
		case field[0] == "ready":
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return nil
		}
	}
	return errors.New("the program said no addresses")
}

// Stop ends the program in order.
func (p *Program) Stop() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return p.command.Wait()
}

// Text is a text as a phone has it.
type Text struct {
	Text string `json:"text"`
}

// Texts returns the texts a number has received, the newest first.
func (p *Program) Texts(ctx context.Context, number string) ([]Text, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Inbox+"/sandbox/handset/messages?to="+url.QueryEscape(number), nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	var texts []Text
	if err := json.NewDecoder(answer.Body).Decode(&texts); err != nil {
		return nil, fmt.Errorf("reading the phone of a number: %w", err)
	}
	return texts, nil
}

// Code waits for a text to a number and returns the code in it.
func (p *Program) Code(ctx context.Context, number string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		texts, err := p.Texts(ctx, number)
		if err != nil {
			return "", err
		}
		if len(texts) > 0 {
			_, code, _ := strings.Cut(texts[0].Text, " #")
			return strings.TrimSpace(code), nil
		}
		select {
		case <-ctx.Done():
			return "", errors.New("no text came")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Decide has every text to a number end with a provider's status code.
func (p *Program) Decide(ctx context.Context, number, status string) error {
	body, err := json.Marshal(map[string]string{"to": number, "statusCode": status})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Inbox+"/sandbox/numbers", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("deciding the fate of a number answered %s", answer.Status)
	}
	return nil
}

// Log returns what the program has written to its log. It may be read once the
// program has stopped.
func (p *Program) Log() string { return p.errors.String() }
