package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// usersCommand helps members who cannot help themselves, and shuts out those who
// do harm. Each of its commands works beside a running server, is obeyed there at
// once, and is recorded with its reason.
type usersCommand struct {
	List     usersList     `cmd:"" help:"List the members, who joined last first."`
	Show     usersShow     `cmd:"" help:"Say where an account stands."`
	Number   usersNumber   `cmd:"" help:"Print a member's whole number."`
	Export   usersExport   `cmd:"" help:"Print all that is kept of a member, as JSON."`
	Sessions usersSessions `cmd:"" help:"List the browsers that are signed in, or end one or all."`
	Block    usersBlock    `cmd:"" help:"End all sessions of a member and let nobody sign in."`
	Unblock  usersUnblock  `cmd:"" help:"Let a blocked member sign in again."`
	Erase    usersErase    `cmd:"" help:"Close an account for good, as its member can by leaving."`
	SignIn   usersSignIn   `cmd:"" name:"sign-in" help:"Make a code for one sign-in, for reviewers and staff without a phone."`
}

// userFlags name a member and say why.
type userFlags struct {
	settingsFlags
	User   string `arg:"" help:"A member's id, a Korean mobile number in any usual spelling, or - to read either from standard input."`
	Reason string `required:"" placeholder:"TEXT" help:"Why, for the record: a ticket, an order, a report. Write no name and no number."`
}

// reasonMost is how long a reason may be, in characters.
const reasonMost = 200

// errReason refuses a reason that says nothing, or more than the record is for.
var errReason = fmt.Errorf("--reason needs 1 to %d characters", reasonMost)

// withMember runs do on the accounts of an installation, for the member that the
// flags name.
func (f userFlags) withMember(s *shell, do func(a *account.Accounts, userID string, act account.Act) error) error {
	act := account.Act{Actor: "command line", Reason: strings.TrimSpace(f.Reason)}
	if n := len([]rune(act.Reason)); n < 1 || n > reasonMost {
		return usageError{errReason}
	}
	user, err := f.named(s)
	if err != nil {
		return err
	}
	return f.withAccounts(s, func(a *account.Accounts) (err error) {
		if user.id == "" {
			if user.id, err = a.Find(s.ctx, user.number, act); err != nil {
				return err
			}
		}
		return do(a, user.id, act)
	})
}

// withAccounts runs do on the accounts of an installation.
func (f settingsFlags) withAccounts(s *shell, do func(a *account.Accounts) error) error {
	settings, err := f.load(s, nil)
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	keys, err := openKeys(s.ctx, settings, d)
	var a *account.Accounts
	if err == nil {
		a, err = openMembers(settings, d, keys.Ring())
	}
	if err == nil {
		err = do(a)
	}
	return errors.Join(err, d.Close())
}

// named is a member as the command line names one.
type named struct {
	id     string
	number phone.Number
}

// named reads who is meant. A number can be read from standard input, so that it
// stands in no list of processes and no history.
func (f userFlags) named(s *shell) (named, error) {
	text := strings.TrimSpace(f.User)
	if text == "-" {
		line, err := bufio.NewReader(s.in).ReadString('\n')
		if text = strings.TrimSpace(line); text == "" {
			return named{}, usageError{fmt.Errorf("standard input names nobody: %w", err)}
		}
	}
	if strings.HasPrefix(text, "usr_") {
		return named{id: text}, nil
	}
	number, err := phone.Parse(text)
	if err != nil {
		return named{}, usageError{err}
	}
	return named{number: number}, nil
}

type usersList struct {
	settingsFlags
	listFlags
	State string `enum:",active,blocked,dormant,numberless" default:"" placeholder:"STATE" help:"Only active, blocked, dormant or numberless ones."`
	Limit int    `default:"50" help:"The newest so many; 0 is all."`
}

// Help is shown below the flags.
func (usersList) Help() string {
	return "Example:  sinpyo users list --state blocked --limit 0 --csv"
}

// listedUser is a member of a list: the number masked, and no name.
type listedUser struct {
	ID       string        `json:"id"`
	Phone    string        `json:"phone"` // empty when it has gone to somebody else
	State    account.State `json:"state"`
	JoinedAt string        `json:"joined_at"`
	ActiveAt string        `json:"last_signed_in_at"`
}

// Run lists the members.
func (c *usersList) Run(s *shell) error {
	if c.Limit < 0 {
		return usageError{errors.New("--limit: 0 or more")}
	}
	return c.withAccounts(s, func(a *account.Accounts) error {
		list := []listedUser{}
		rows := [][]string{{"id", "phone", "state", "joined", "signed in"}}
		for cursor, more := "", true; more && (c.Limit == 0 || len(list) < c.Limit); more = cursor != "" {
			most := 1000
			if c.Limit > 0 {
				most = min(most, c.Limit-len(list))
			}
			page, err := a.List(s.ctx, account.State(c.State), cursor, most)
			if err != nil {
				return err
			}
			for _, m := range page.Members {
				u := listedUser{m.ID, m.Number.String(), m.State, when(m.CreatedAt), when(m.ActiveAt)}
				list, rows = append(list, u), append(rows, []string{u.ID, u.Phone, string(u.State), u.JoinedAt, u.ActiveAt})
			}
			cursor = page.Next
		}
		return c.print(s, list, rows)
	})
}

type usersNumber struct{ userFlags }

// Help is shown below the flags.
func (usersNumber) Help() string {
	return "Example:  sinpyo users number usr_01k... --reason 'ticket 812: called back'"
}

// Run prints the number, which is recorded.
func (c *usersNumber) Run(s *shell) error {
	return c.withMember(s, func(a *account.Accounts, userID string, act account.Act) error {
		to, err := a.Unmask(s.ctx, userID, act)
		if err != nil {
			return err
		}
		return s.say("%s", to.Display())
	})
}

type usersExport struct{ userFlags }

// Help is shown below the flags.
func (usersExport) Help() string {
	return "Example:  sinpyo users export usr_01k... --reason 'letter of 2026-11-02' > member.json"
}

// Run prints all that is kept of the member, with the whole number.
func (c *usersExport) Run(s *shell) error {
	return c.withMember(s, func(a *account.Accounts, userID string, act account.Act) error {
		e, err := a.ExportMember(s.ctx, userID, act)
		if err != nil {
			return err
		}
		return printJSON(s, e)
	})
}

type usersShow struct {
	userFlags
	JSON bool `help:"Print JSON."`
}

// Help is shown below the flags.
func (usersShow) Help() string {
	return "Example:  sinpyo users show 010-1234-5678 --reason 'ticket 812'"
}

// shownUser is a member as users show prints one: the number masked.
type shownUser struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Phone         string `json:"phone"` // empty when it has gone to somebody else
	Language      string `json:"language"`
	JoinedAt      string `json:"joined_at"`
	ProvedAt      string `json:"phone_last_proved_at"`
	ActiveAt      string `json:"last_signed_in_at"`
	BlockedAt     string `json:"blocked_at,omitempty"`
	DormantAt     string `json:"dormant_at,omitempty"`
	Sessions      int    `json:"sessions"`
	Passkey       bool   `json:"passkey"`
	Password      bool   `json:"password"`
	TOTP          bool   `json:"authenticator"`
	RecoveryCodes int    `json:"recovery_codes_left"`
}

// Run shows the member.
func (c *usersShow) Run(s *shell) error {
	return c.withMember(s, func(a *account.Accounts, userID string, act account.Act) error {
		m, err := a.Show(s.ctx, userID, act)
		if err != nil {
			return err
		}
		u := shownUser{
			ID: m.ID, Name: m.Name, Language: m.Locale, JoinedAt: when(m.CreatedAt), ProvedAt: when(m.LastProvedAt),
			ActiveAt: when(m.ActiveAt), BlockedAt: when(m.BlockedAt), DormantAt: when(m.DormantAt), Sessions: len(m.Sessions),
			Passkey: m.Held.Passkey, Password: m.Held.Password, TOTP: m.Held.TOTP, RecoveryCodes: m.Held.RecoveryCodes,
		}
		if !m.Number.IsZero() {
			u.Phone = m.Number.String()
		}
		if c.JSON {
			return printJSON(s, u)
		}
		return u.print(s)
	})
}

// print prints the member for people; what does not apply is left out.
func (u shownUser) print(s *shell) error {
	has := map[bool]string{true: "yes"}
	rows := [][]string{
		{"id", u.ID},
		{"name", u.Name},
		{"phone", u.Phone},
		{"language", u.Language},
		{"joined", u.JoinedAt},
		{"phone proved", u.ProvedAt},
		{"signed in", u.ActiveAt},
		{"blocked", u.BlockedAt},
		{"dormant", u.DormantAt},
		{"sessions", fmt.Sprint(u.Sessions)},
		{"passkey", has[u.Passkey]},
		{"password", has[u.Password]},
		{"authenticator", has[u.TOTP]},
	}
	for _, row := range rows {
		if row[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(s.out, "%-14s %s\n", row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

type usersSessions struct {
	userFlags
	listFlags
	End    bool   `xor:"end" help:"End them all instead of listing them."`
	EndOne string `xor:"end" placeholder:"ID" help:"End the one with this id instead of listing them."`
}

// Help is shown below the flags.
func (usersSessions) Help() string {
	return "Example:  sinpyo users sessions 010-1234-5678 --end --reason 'ticket 812: phone lost'"
}

// shownSession is a session as it is listed.
type shownSession struct {
	ID        string      `json:"id"`
	Browser   string      `json:"browser"`
	Way       account.Way `json:"signed_in_by"`
	CreatedAt string      `json:"signed_in_at"`
	SeenAt    string      `json:"last_seen_at"` // an hour coarse
}

// Run lists the sessions, or ends them.
func (c *usersSessions) Run(s *shell) error {
	return c.withMember(s, func(a *account.Accounts, userID string, act account.Act) error {
		if c.End {
			if err := a.EndSessions(s.ctx, userID, act); err != nil {
				return err
			}
			return s.say("ended all sessions of %s", userID)
		}
		if c.EndOne != "" {
			if err := a.EndSession(s.ctx, userID, c.EndOne, act); err != nil {
				return err
			}
			return s.say("ended a session of %s", userID)
		}
		m, err := a.Show(s.ctx, userID, act)
		if err != nil {
			return err
		}
		list := make([]shownSession, len(m.Sessions))
		rows := [][]string{{"id", "browser", "signed in by", "signed in", "last seen"}}
		for i, session := range m.Sessions {
			list[i] = shownSession{session.ID, session.Label, session.Way, when(session.CreatedAt), when(session.SeenAt)}
			rows = append(rows, []string{list[i].ID, list[i].Browser, string(list[i].Way), list[i].CreatedAt, list[i].SeenAt})
		}
		return c.print(s, list, rows)
	})
}

type usersBlock struct{ userFlags }

// Help is shown below the flags.
func (usersBlock) Help() string {
	return "Example:  sinpyo users block 010-1234-5678 --reason 'report 31: fraud'"
}

// Run blocks the member.
func (c *usersBlock) Run(s *shell) error {
	return c.withMember(s, func(a *account.Accounts, userID string, act account.Act) error {
		if err := a.Block(s.ctx, userID, act); err != nil {
			return err
		}
		return s.say("blocked %s and ended all sessions", userID)
	})
}

type usersUnblock struct{ userFlags }

// Help is shown below the flags.
func (usersUnblock) Help() string {
	return "Example:  sinpyo users unblock 010-1234-5678 --reason 'report 31: settled'"
}

// Run unblocks the member.
func (c *usersUnblock) Run(s *shell) error {
	return c.withMember(s, func(a *account.Accounts, userID string, act account.Act) error {
		if err := a.Unblock(s.ctx, userID, act); err != nil {
			return err
		}
		return s.say("unblocked %s", userID)
	})
}

type usersErase struct {
	userFlags
	Yes bool `help:"Erase: it cannot be undone."`
}

// Help is shown below the flags.
func (usersErase) Help() string {
	return "Example:  sinpyo users erase usr_01k... --yes --reason 'letter of 2026-11-02'"
}

// errNotMeant refuses to erase without being told twice.
var errNotMeant = errors.New("erasing a member cannot be undone: give --yes to do it")

// Run erases the member.
func (c *usersErase) Run(s *shell) error {
	if !c.Yes {
		return usageError{errNotMeant}
	}
	return c.withMember(s, func(a *account.Accounts, userID string, act account.Act) error {
		if err := a.EraseMember(s.ctx, userID, act); err != nil {
			return err
		}
		return s.say("erased %s; what was texted to the number goes within four days", userID)
	})
}

type usersSignIn struct {
	userFlags
	JSON bool `help:"Print JSON."`
}

// Help is shown below the flags.
func (usersSignIn) Help() string {
	return "Example:  sinpyo users sign-in usr_01k... --reason 'app store review'"
}

// Run makes a code and prints it, once.
func (c *usersSignIn) Run(s *shell) error {
	return c.withMember(s, func(a *account.Accounts, userID string, act account.Act) error {
		code, until, err := a.MakeOnce(s.ctx, userID, act)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s, struct {
				ID    string `json:"id"`
				Code  string `json:"code"`
				Until string `json:"until"`
			}{userID, code, when(until)})
		}
		return s.say("code   %s\nuntil  %s\n\nIt signs in one browser, once, at /login/once. It is stored hashed and never shown again.", code, when(until))
	})
}

// say prints a sentence.
func (s *shell) say(format string, args ...any) error {
	_, err := fmt.Fprintf(s.out, format+"\n", args...)
	return err
}

// when writes a time for lists, or nothing for none.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}
