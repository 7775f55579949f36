package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// Text is a message with all that is known of it.
type Text struct {
	ID                string        `json:"id" example:"msg_01k9x3v7m8e4t9q2w5r6y7u8p0"`
	VerificationID    string        `json:"verification_id" example:"ver_01k9x3v7m8e4t9q2w5r6y7u8p0"`
	To                string        `json:"to" example:"+821012345678" doc:"The number, in E.164; empty once it was erased."`
	Status            outbox.Status `json:"status" enum:"queued,sending,accepted,delivered,undelivered,rejected,unknown,dropped" doc:"One that has had no end for 72 hours is unknown."`
	StatusCode        string        `json:"status_code,omitempty" example:"3043" doc:"The provider's, of four digits."`
	Reason            Words         `json:"reason" doc:"Why it stands there."`
	Advice            Words         `json:"advice" doc:"What the operator does about it."`
	Purpose           string        `json:"purpose" example:"signup" doc:"What it was sent for."`
	Sender            string        `json:"sender,omitempty" example:"0215770000" doc:"The number it was sent from, once the provider has taken it."`
	Carrier           string        `json:"carrier,omitempty" example:"SKT"`
	GroupID           string        `json:"group_id,omitempty" doc:"The provider's id of the group it went out in."`
	ProviderMessageID string        `json:"provider_message_id,omitempty" doc:"The provider's id of the message."`
	Cost              int           `json:"cost" doc:"In won: what is reserved for it, and once it has left what the provider took."`
	CreatedAt         time.Time     `json:"created_at"`
	ReceivedAt        *time.Time    `json:"received_at,omitempty" doc:"When the phone got it, as the carrier says."`
	Timeline          []Step        `json:"timeline" nullable:"false" doc:"The statuses it came to, the oldest first."`
}

// Words are a sentence in both languages.
type Words struct {
	Korean  string `json:"ko"`
	English string `json:"en"`
}

// Step is when a message came to a status.
type Step struct {
	Status outbox.Status `json:"status" enum:"queued,sending,accepted,delivered,undelivered,rejected,unknown,dropped"`
	At     time.Time     `json:"at"`
}

func newText(f outbox.Found) Text {
	why := f.Reason()
	t := Text{
		ID: f.ID, VerificationID: f.VerificationID, To: f.To.E164(), Status: f.Status, StatusCode: f.StatusCode,
		Reason: Words(why.Why), Advice: Words(why.Advice), Purpose: f.Purpose, Sender: f.Sender, Carrier: f.Carrier,
		GroupID: f.GroupID, ProviderMessageID: f.ProviderMessageID, Cost: f.Cost,
		CreatedAt: f.CreatedAt.Std(), ReceivedAt: moment(f.ReceivedAt),
	}
	for _, s := range f.Timeline() {
		t.Timeline = append(t.Timeline, Step{s.Status, s.At.Std()})
	}
	return t
}

// moment is a time that may not have come.
func moment(t db.Time) *time.Time {
	if t == 0 {
		return nil
	}
	at := t.Std()
	return &at
}

// Search asks for messages. What is left out does not narrow it.
type Search struct {
	To             string        `json:"to,omitempty" example:"010-1234-5678" doc:"A Korean mobile number in any usual spelling, or its last four digits."`
	Status         outbox.Status `json:"status,omitempty" enum:"queued,sending,accepted,delivered,undelivered,rejected,unknown,dropped"`
	StatusCode     string        `json:"status_code,omitempty" example:"3043" pattern:"^[0-9]*$" maxLength:"20" doc:"The provider's."`
	Purpose        string        `json:"purpose,omitempty" example:"signup" pattern:"^[a-z_]*$" maxLength:"20"`
	Sender         string        `json:"sender,omitempty" example:"0215770000" pattern:"^[0-9]*$" maxLength:"20" doc:"The number they were sent from, digits."`
	VerificationID string        `json:"verification_id,omitempty" example:"ver_01k9x3v7m8e4t9q2w5r6y7u8p0" pattern:"^[0-9a-z_]*$" maxLength:"40"`
	Since          time.Time     `json:"since,omitzero" doc:"Created at this time or later."`
	Until          time.Time     `json:"until,omitzero" doc:"Created before this time."`
	Cursor         string        `json:"cursor,omitempty" doc:"next_cursor of the last answer, with the same fields beside it."`
	Limit          int           `json:"limit,omitempty" minimum:"1" maximum:"100" default:"20" doc:"How many messages an answer holds at most."`
}

type searchRequest struct{ Body Search }

// Page is a part of what was found.
type Page struct {
	Messages   []Text `json:"messages" nullable:"false" doc:"The newest first. A page may hold fewer than the limit, even none, and be followed by another."`
	NextCursor string `json:"next_cursor,omitempty" doc:"Where the next page begins; left out at the end."`
}

type page struct{ Body Page }

var searchDoc = doc{
	id: "search-messages", summary: "Look for messages", korean: "문자 찾기", scope: scopeMessages,
	status: 200, refusals: []int{413, 415},
	description: "The messages of your application, the newest first. It is a POST because a number never stands in a URL; it changes nothing, and an Idempotency-Key changes nothing about it.",
}

func (a *API) search(ctx context.Context, in *searchRequest) (*page, error) {
	f := outbox.Filter{
		ApplicationID: caller(ctx).ID, Status: in.Body.Status, Code: in.Body.StatusCode, Purpose: in.Body.Purpose,
		Sender: in.Body.Sender, VerificationID: in.Body.VerificationID, Since: in.Body.Since, Until: in.Body.Until,
	}
	if in.Body.To != "" {
		var err error
		if f.Number, err = a.outbox.NumberToken(in.Body.To); err != nil {
			return nil, err
		}
	}
	var found outbox.Listing
	err := a.db.View(ctx, func(tx *db.Tx) (err error) {
		found, err = a.outbox.Find(tx, f, in.Body.Cursor, in.Body.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	p := &page{Page{Messages: make([]Text, len(found.Messages)), NextCursor: found.Next}}
	for i, f := range found.Messages {
		p.Body.Messages[i] = newText(f)
	}
	return p, nil
}

// NamedMessage is the part of a request that names a message.
type NamedMessage struct {
	ID string `path:"id" example:"msg_01k9x3v7m8e4t9q2w5r6y7u8p0"`
}

type text struct{ Body Text }

var lookDoc = doc{
	id: "get-message", summary: "Look at a message", korean: "문자 한 건 보기", scope: scopeMessages, status: 200, refusals: []int{404},
}

func (a *API) look(ctx context.Context, in *NamedMessage) (*text, error) {
	if !isID("msg_", in.ID) {
		return nil, outbox.ErrNotFound
	}
	f, err := a.outbox.Look(ctx, caller(ctx).ID, in.ID)
	if err != nil {
		return nil, err
	}
	return &text{newText(f)}, nil
}

// Sender is a number that texts may be sent from.
type Sender struct {
	Number    string     `json:"number" example:"0215770000"`
	Status    string     `json:"status" example:"ACTIVE" doc:"As the provider calls it."`
	Usable    bool       `json:"usable" doc:"Active, and not lapsed."`
	Default   bool       `json:"default" doc:"Texts are sent from it."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Left out when the number does not lapse."`
	DaysLeft  *int       `json:"days_left,omitempty" doc:"Whole days until it lapses."`
	Missing   []string   `json:"missing,omitempty" nullable:"false" doc:"What the registration still lacks, as the provider calls it."`
}

// Senders are the sender numbers.
type Senders struct {
	Senders []Sender `json:"senders" nullable:"false"`
}

type senders struct{ Body Senders }

var sendersDoc = doc{
	id: "list-senders", summary: "List the sender numbers", korean: "발신번호 보기", scope: scopeProvider, status: 200,
	description: "The numbers registered with the provider and when they lapse, at most a minute old. Renew a number before its days are over: texts from a lapsed one are refused.",
}

func (a *API) senders(ctx context.Context, _ *struct{}) (*senders, error) {
	numbers, err := a.outbox.Senders(ctx)
	if err != nil {
		return nil, err
	}
	out := &senders{Senders{Senders: make([]Sender, len(numbers))}}
	for i, n := range numbers {
		out.Body.Senders[i] = Sender{
			Number: n.PhoneNumber, Status: string(n.Status), Usable: n.Usable, Default: n.Default,
			ExpiresAt: n.ExpireAt, DaysLeft: n.DaysLeft, Missing: slices.Clone(n.NecessaryMeasures),
		}
	}
	return out, nil
}

// Balance is the money at the provider, in won.
type Balance struct {
	Balance float64 `json:"balance" doc:"What was charged and is left."`
	Point   float64 `json:"point" doc:"What was given and is left."`
	Usable  float64 `json:"usable" doc:"Both together."`
}

type balance struct{ Body Balance }

var balanceDoc = doc{
	id: "get-balance", summary: "Ask for the balance", korean: "잔액 보기", scope: scopeProvider, status: 200,
	description: "The money of the account at the provider, in won, at most a minute old.",
}

func (a *API) balance(ctx context.Context, _ *struct{}) (*balance, error) {
	money, err := a.outbox.Balance(ctx)
	if err != nil {
		return nil, err
	}
	return &balance{Balance{money.Balance, money.Point, money.Usable()}}, nil
}

// isID reports whether a text could be an id of ours with the prefix. Anything
// else is as unknown as an id nobody has, and never reaches the database.
func isID(prefix, id string) bool {
	rest, ok := strings.CutPrefix(id, prefix)
	return ok && len(rest) == 26 && strings.Trim(rest, "0123456789abcdefghjkmnpqrstvwxyz") == ""
}
