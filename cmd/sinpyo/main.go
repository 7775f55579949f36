// Command sinpyo has phone numbers verified by text message and signs people
// up with them.
//
// Each subcommand stands in a file of its own. "sinpyo serve" is the program:
// serve.go is the command, house.go the one place where all parts of the house
// meet, and run.go what starts and stops them. The others look at an
// installation, prepare it, ask the provider, or stand in for it.
//
// What a command was asked for goes to standard output; everything else, the
// log included, to standard error. The status is 0 when it was done, 1 when it
// failed, and 2 when the command line or the settings are wrong, so that
// starting again without changing them is of no use. What doctor and senders
// mean by 1 and 2 stands at them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // Asia/Seoul, also where the system has no time zones

	"github.com/alecthomas/kong"

	"github.com/sinpyo/sinpyo/internal/config"
)

// The statuses the program ends with.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	status := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	os.Exit(status)
}

// commands are the command line.
type commands struct {
	Serve       serveCommand       `cmd:"" help:"Run the pages, the API and the dispatcher."`
	Sandbox     sandboxCommand     `cmd:"" help:"Run the provider's emulator alone."`
	Doctor      doctorCommand      `cmd:"" help:"Look for what would keep texts from going out, and say how to mend it."`
	Send        sendCommand        `cmd:"" help:"Send one text by hand; asks before it costs money."`
	Results     resultsCommand     `cmd:"" help:"Say what became of the texts, as the provider knows it."`
	Messages    messagesCommand    `cmd:"" help:"Look for the texts of this installation, and at all that became of one."`
	Senders     sendersCommand     `cmd:"" help:"List the sender numbers and when they lapse."`
	Balance     balanceCommand     `cmd:"" help:"Say how much money is left, and for how many texts."`
	Provider    providerCommand    `cmd:"" help:"Change the provider's key while servers run."`
	Verify      verifyCommand      `cmd:"" help:"Verify a number by hand, through a running server."`
	Traffic     trafficCommand     `cmd:"" help:"Say how many texts were sent and answered, how fast, and what they cost."`
	Keys        keysCommand        `cmd:"" help:"Make, list and revoke application keys."`
	Consents    consentsCommand    `cmd:"" help:"Look at what members agreed to."`
	Limits      limitsCommand      `cmd:"" help:"Look at limits and budgets, change them, or try others out."`
	Users       usersCommand       `cmd:"" help:"Look at a member, end sessions, block, erase, or make a code for one sign-in."`
	Admin       adminCommand       `cmd:"" help:"Keep the operators, who may sign in to the console."`
	Audit       auditCommand       `cmd:"" help:"List the records of what operators did, or look whether they were changed."`
	Leak        leakCommand        `cmd:"" help:"List the people whose data were touched in a time span."`
	Config      configCommand      `cmd:"" help:"Show or check the settings."`
	DemoData    demoDataCommand    `cmd:"" help:"Fill an empty installation with traffic that is made up."`
	Migrate     migrateCommand     `cmd:"" help:"Look at the database's tables or bring them up to date."`
	Backup      backupCommand      `cmd:"" help:"Write the database into one sealed file, while servers run."`
	Restore     restoreCommand     `cmd:"" help:"Put a backup in the place of the database."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running server whether it is ready."`
	OpenAPI     openapiCommand     `cmd:"" name:"openapi" help:"Print the OpenAPI document of the REST API."`
	Version     versionCommand     `cmd:"" help:"Print the version."`

	Applications applicationsCommand `cmd:"" help:"Keep the applications that backends speak for."`
}

// serving is the command line of the server alone.
type serving struct {
	Serve serveCommand `cmd:""`
}

// description is what --help says above the commands.
const description = `Phone-verified sign-up for Korean services.

Try it with no account anywhere, and then for real:

    sinpyo serve --dev
    sinpyo doctor && sinpyo serve

Status: 0 done, 1 failed, 2 wrong command line or settings.`

// shell is what a command works with.
type shell struct {
	ctx     context.Context //nolint:containedctx // lives as long as the command
	environ []string
	in      io.Reader // what a person answers
	out     io.Writer // what was asked for
	err     io.Writer // everything else
}

// usageError is a mistake in the command line or the settings.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// run runs the program with a command line and returns its status.
func run(ctx context.Context, args, environ []string, out, errOut io.Writer) int {
	// The grammar of all commands takes a millisecond and more than a megabyte,
	// so the server comes without; whatever it does not understand, a call for
	// help among it, the whole grammar answers.
	command, err := parse(new(serving), args, kong.NoDefaultHelp())
	if err != nil {
		command, err = parse(new(commands), args, kong.Description(description),
			kong.Writers(out, errOut), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	}
	if err != nil {
		return report(errOut, usageError{fmt.Errorf("%w; try sinpyo --help", err)})
	}
	return report(errOut, command.Run(&shell{ctx: ctx, environ: environ, in: os.Stdin, out: out, err: errOut}))
}

// command is what a person can ask for.
type command interface{ Run(*shell) error }

// parse finds the command of a grammar that a command line asks for.
func parse(grammar any, args []string, options ...kong.Option) (command, error) {
	parser, err := kong.New(grammar, append(options, kong.Name("sinpyo"))...)
	if err != nil {
		panic(err) // the tags of commands are wrong
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return nil, err
	}
	return chosen.Selected().Target.Addr().Interface().(command), nil
}

// report tells a person what went wrong, one line each, and returns the status.
func report(w io.Writer, err error) int {
	if err == nil {
		return statusDone
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !strings.HasPrefix(line, " ") { // it goes on with the line above
			line = "sinpyo: " + line
		}
		_, _ = fmt.Fprintln(w, line)
	}
	if errors.As(err, new(usageError)) {
		return statusUsage
	}
	return statusFailed
}

// settingsFlags are the flags of commands that read the settings.
type settingsFlags struct {
	Config  string            `placeholder:"FILE" help:"Read this file instead of sinpyo.toml."`
	DataDir string            `name:"data-dir" placeholder:"DIR" help:"Keep database and keys here."`
	Set     map[string]string `placeholder:"KEY=VALUE" mapsep:"none" help:"Set any setting that is no secret; may be repeated."`
}

// load reads the settings and tells what is unwise about them.
func (f settingsFlags) load(s *shell, more map[string]string) (*config.Config, error) {
	c, err := f.read(s, more)
	if err != nil {
		return nil, usageError{err}
	}
	for _, w := range c.Warnings {
		_, _ = fmt.Fprintln(s.err, "sinpyo: warning: "+w)
	}
	return c, nil
}

// read reads the settings.
func (f settingsFlags) read(s *shell, more map[string]string) (*config.Config, error) {
	flags := map[string]string{}
	for name, value := range f.Set {
		flags[name] = value
	}
	if f.DataDir != "" {
		flags["data_dir"] = f.DataDir
	}
	for name, value := range more {
		flags[name] = value
	}
	return config.Load(config.Source{File: f.Config, Environ: s.environ, Flags: flags})
}
