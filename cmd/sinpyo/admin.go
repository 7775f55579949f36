package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// adminCommand keeps the people who may sign in to the console. Each of its
// commands works beside a running server, is obeyed there at once, and is
// recorded. Whoever can run it on the machine can make themselves an owner.
type adminCommand struct {
	Create  adminCreate  `cmd:"" help:"Invite an operator and print the link with which they join."`
	List    adminList    `cmd:"" help:"List the operators."`
	Role    adminRole    `cmd:"" help:"Give an operator another role and end their sessions."`
	Disable adminDisable `cmd:"" help:"End all sessions of an operator and let them in no more."`
	Enable  adminEnable  `cmd:"" help:"Let a disabled operator in again."`
	Reset   adminReset   `cmd:"" help:"Take an operator's passkeys and authenticator app away and print a new link."`
	Unlock  adminUnlock  `cmd:"" help:"Let an operator try again at once after too many wrong codes."`
}

// operatorOptions are what all operators are made of.
func operatorOptions(c *config.Config, d *db.DB, ring *seal.Ring) operator.Options {
	return operator.Options{DB: d, Ring: ring, Name: c.Service.Name, Origin: c.ConsoleURL}
}

// withOperators runs do on the operators of an installation.
func (f settingsFlags) withOperators(s *shell, do func(*config.Config, *operator.Operators) error) error {
	settings, err := f.load(s, nil)
	if err != nil {
		return err
	}
	if err := prepareDataDir(settings.DataDir); err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	keys, err := openKeys(s.ctx, settings, d)
	var o *operator.Operators
	if err == nil {
		o, err = operator.New(operatorOptions(settings, d, keys.Ring()))
	}
	if err == nil {
		err = do(settings, o)
	}
	if refusal := fault.As(err); refusal != nil {
		err = refusal // it says all that a person needs
	}
	return errors.Join(err, d.Close())
}

// byCommand is an act on this machine.
func byCommand(reason string) operator.Act {
	return operator.Act{Actor: "command line", Reason: reason}
}

// operatorFlags name an operator and say why.
type operatorFlags struct {
	settingsFlags
	Operator string `arg:"" help:"An operator's name or id."`
	Reason   string `required:"" placeholder:"TEXT" help:"Why, for the record. Write no name and no number."`
}

// withOperator runs do on the operators, for the one that the flags name.
func (f operatorFlags) withOperator(s *shell, do func(*config.Config, *operator.Operators, operator.Operator, operator.Act) error) error {
	act := byCommand(strings.TrimSpace(f.Reason))
	if n := len([]rune(act.Reason)); n < 1 || n > reasonMost {
		return usageError{errReason}
	}
	return f.withOperators(s, func(c *config.Config, o *operator.Operators) error {
		find := o.ByName
		if strings.HasPrefix(f.Operator, "opr_") {
			find = o.ByID
		}
		op, err := find(s.ctx, f.Operator)
		if err != nil {
			return err
		}
		return do(c, o, op, act)
	})
}

type adminCreate struct {
	settingsFlags
	Name   string `arg:"" help:"The name they sign in with and are listed by; they may choose another one when they join."`
	Role   string `required:"" enum:"viewer,support,operator,owner" placeholder:"ROLE" help:"viewer, support, operator or owner; each may do what those before it may."`
	Reason string `placeholder:"TEXT" help:"Why, for the record. Write no name and no number."`
	JSON   bool   `help:"Print JSON."`
}

// Help is shown below the flags.
func (adminCreate) Help() string { return "Example:  sinpyo admin create 김하늘 --role owner" }

// Run invites an operator and prints the link, once.
func (c *adminCreate) Run(s *shell) error {
	act := byCommand(strings.TrimSpace(c.Reason))
	if len([]rune(act.Reason)) > reasonMost {
		return usageError{errReason}
	}
	return c.withOperators(s, func(settings *config.Config, o *operator.Operators) error {
		link, err := o.Invite(s.ctx, c.Name, operator.Role(c.Role), act)
		if err != nil {
			return err
		}
		return showLink(s, settings, link, c.JSON)
	})
}

// showLink prints a link that was made, once.
func showLink(s *shell, c *config.Config, link operator.Link, asJSON bool) error {
	address := operator.LinkTo(c.ConsoleURL, link.Token)
	if asJSON {
		return printJSON(s, struct {
			ID    string `json:"id"`
			Link  string `json:"link"`
			Until string `json:"until"`
		}{link.OperatorID, address, when(link.Until)})
	}
	return s.say("id     %s\nlink   %s\nuntil  %s\n\nWhoever opens the link first becomes this operator: hand it over in person. It is stored hashed and never shown again.",
		link.OperatorID, address, when(link.Until))
}

type adminList struct {
	settingsFlags
	listFlags
}

// listedOperator is one operator as they are listed.
type listedOperator struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Role       operator.Role  `json:"role"`
	State      operator.State `json:"state"`
	Passkeys   int            `json:"passkeys"`
	TOTP       bool           `json:"totp"`
	CreatedAt  string         `json:"created_at"`
	SignedInAt string         `json:"signed_in_at,omitempty"`
	LinkUntil  string         `json:"link_until,omitempty"`
}

func (l *listedOperator) row() []string {
	app := map[bool]string{true: "yes"}[l.TOTP]
	return []string{l.ID, l.Name, string(l.Role), string(l.State), strconv.Itoa(l.Passkeys), app, l.CreatedAt, l.SignedInAt, l.LinkUntil}
}

// Run lists the operators, the oldest first.
func (c *adminList) Run(s *shell) error {
	return c.withOperators(s, func(_ *config.Config, o *operator.Operators) error {
		operators, err := o.List(s.ctx)
		if err != nil {
			return err
		}
		list := make([]listedOperator, len(operators))
		rows := [][]string{{"id", "name", "role", "state", "passkeys", "authenticator", "created", "signed in", "link until"}}
		for i, op := range operators {
			list[i] = listedOperator{
				op.ID, op.Name, op.Role, op.State(), op.Passkeys, op.TOTP, when(op.CreatedAt), when(op.SignedInAt), when(op.LinkUntil),
			}
			rows = append(rows, list[i].row())
		}
		return c.print(s, list, rows)
	})
}

type adminRole struct {
	operatorFlags
	Role string `required:"" enum:"viewer,support,operator,owner" placeholder:"ROLE" help:"viewer, support, operator or owner."`
}

// Help is shown below the flags.
func (adminRole) Help() string {
	return "Example:  sinpyo admin role 박지우 --role support --reason 'new task'"
}

// Run gives the operator another role.
func (c *adminRole) Run(s *shell) error {
	return c.withOperator(s, func(_ *config.Config, o *operator.Operators, op operator.Operator, act operator.Act) error {
		if err := o.SetRole(s.ctx, op.ID, operator.Role(c.Role), act); err != nil {
			return err
		}
		return s.say("%s is %s now", op.ID, c.Role)
	})
}

type adminDisable struct{ operatorFlags }

// Help is shown below the flags.
func (adminDisable) Help() string {
	return "Example:  sinpyo admin disable 박지우 --reason 'left the company'"
}

// Run disables the operator.
func (c *adminDisable) Run(s *shell) error {
	return c.withOperator(s, func(_ *config.Config, o *operator.Operators, op operator.Operator, act operator.Act) error {
		if err := o.Disable(s.ctx, op.ID, act); err != nil {
			return err
		}
		return s.say("disabled %s and ended all sessions", op.ID)
	})
}

type adminEnable struct{ operatorFlags }

// Help is shown below the flags.
func (adminEnable) Help() string {
	return "Example:  sinpyo admin enable 박지우 --reason 'came back'"
}

// Run enables the operator.
func (c *adminEnable) Run(s *shell) error {
	return c.withOperator(s, func(_ *config.Config, o *operator.Operators, op operator.Operator, act operator.Act) error {
		if err := o.Enable(s.ctx, op.ID, act); err != nil {
			return err
		}
		if op.JoinedAt.IsZero() {
			return s.say("enabled %s, who has nothing to sign in with: make a link with sinpyo admin reset", op.ID)
		}
		return s.say("enabled %s", op.ID)
	})
}

type adminReset struct {
	operatorFlags
	JSON bool `help:"Print JSON."`
}

// Help is shown below the flags.
func (adminReset) Help() string {
	return "Example:  sinpyo admin reset 박지우 --reason 'laptop stolen'"
}

// Run resets the operator and prints the link, once.
func (c *adminReset) Run(s *shell) error {
	return c.withOperator(s, func(settings *config.Config, o *operator.Operators, op operator.Operator, act operator.Act) error {
		link, err := o.Reset(s.ctx, op.ID, act)
		if err != nil {
			return err
		}
		return showLink(s, settings, link, c.JSON)
	})
}

type adminUnlock struct{ operatorFlags }

// Help is shown below the flags.
func (adminUnlock) Help() string {
	return "Example:  sinpyo admin unlock 박지우 --reason 'called, new phone'"
}

// Run unlocks the operator.
func (c *adminUnlock) Run(s *shell) error {
	return c.withOperator(s, func(_ *config.Config, o *operator.Operators, op operator.Operator, act operator.Act) error {
		if err := o.Unlock(s.ctx, op.ID, act); err != nil {
			return err
		}
		return s.say("unlocked %s", op.ID)
	})
}
