package api

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/web"
)

// Verification is a verification as its application sees it.
type Verification struct {
	ID           string            `json:"id" example:"ver_01k9x3v7m8e4t9q2w5r6y7u8p0"`
	To           string            `json:"to" example:"+821012345678" doc:"The number, in E.164."`
	Purpose      verify.Purpose    `json:"purpose" enum:"signup,login,recovery,number_change,api"`
	Status       verify.Status     `json:"status" enum:"pending,approved,redeemed,locked,expired,superseded,canceled"`
	CodeLength   int               `json:"code_length" doc:"How many digits the code has."`
	AttemptsLeft int               `json:"attempts_left" doc:"How many more codes may be checked."`
	ResendsLeft  int               `json:"resends_left" doc:"How many more times the text may be sent."`
	CreatedAt    time.Time         `json:"created_at"`
	ExpiresAt    time.Time         `json:"expires_at" doc:"When the code stops working."`
	ResendAt     time.Time         `json:"resend_at" doc:"When the text may be asked for again."`
	Metadata     map[string]string `json:"metadata,omitempty" doc:"What was given at creation."`
	Message      Message           `json:"message"`
}

// Message is the newest text of a verification.
type Message struct {
	ID     string        `json:"id" example:"msg_01k9x3v7m8e4t9q2w5r6y7u8p0"`
	Status outbox.Status `json:"status" enum:"queued,sending,accepted,delivered,undelivered,rejected,unknown,dropped"`
}

// answer is the body of the calls that return a verification.
type answer struct{ Body Verification }

func newAnswer(v verify.Verification, err error) (*answer, error) {
	if err != nil {
		return nil, err
	}
	return &answer{newVerification(v)}, nil
}

func newVerification(v verify.Verification) Verification {
	return Verification{
		ID: v.ID, To: v.To.E164(), Purpose: v.Purpose, Status: v.Status, CodeLength: v.CodeLength,
		AttemptsLeft: v.AttemptsLeft, ResendsLeft: v.ResendsLeft,
		CreatedAt: v.CreatedAt, ExpiresAt: v.ExpiresAt, ResendAt: v.ResendAt,
		Metadata: v.Metadata, Message: Message{ID: v.Message.ID, Status: v.Message.Status},
	}
}

// verificationOf is the body of an answer that returns a verification.
func verificationOf(r verify.Result) any { return newVerification(r.Verification) }

// Start asks for a verification.
type Start struct {
	To        string            `json:"to" example:"010-1234-5678" doc:"A Korean mobile number in any usual spelling."`
	Purpose   verify.Purpose    `json:"purpose,omitempty" enum:"signup,login,recovery,number_change,api" doc:"What the approval is for; api when left out."`
	Locale    string            `json:"locale,omitempty" enum:"ko,en" doc:"The language of the text; the application's own when left out."`
	Binding   string            `json:"binding,omitempty" doc:"A secret of at most 256 bytes that ties the verification to the browser it is for: every check must repeat it. Only its hash is kept."`
	ClientIP  string            `json:"client_ip,omitempty" example:"203.0.113.7" doc:"The person's address as you saw it. Limits per network use it, and never your own address."`
	Challenge string            `json:"challenge,omitempty" maxLength:"256" doc:"The solution of the challenge that a refusal with network_limited asked for: its token, a dot, and a nonce of at most 20 bytes, so that the SHA-256 of the whole begins with as many zero bits as asked for."`
	Metadata  map[string]string `json:"metadata,omitempty" maxProperties:"10" doc:"Up to 10 texts of your own, which every answer repeats; names have at most 40 bytes, texts 500."`
}

type startRequest struct{ Body Start }

var startDoc = doc{
	id: "start-verification", summary: "Text a code to a number", korean: "번호로 인증번호 보내기",
	status: 201, refusals: []int{403, 413, 415, 429}, once: true, counted: true,
	description: "Starts a verification and texts its code. With a binding it supersedes a pending verification of the same number, purpose and binding.",
}

func (a *API) start(ctx context.Context, in *startRequest) (*answer, error) {
	to, err := phone.Parse(in.Body.To)
	if err != nil {
		return nil, err
	}
	client, err := in.Body.client()
	if err != nil {
		return nil, err
	}
	binding, err := bind(in.Body.Binding)
	if err != nil {
		return nil, err
	}
	if err := in.Body.checkMetadata(); err != nil {
		return nil, err
	}
	purpose := in.Body.Purpose
	if purpose == "" {
		purpose = verify.API
	}
	who := caller(ctx)
	if err := who.MayStart(string(purpose)); err != nil {
		return nil, err
	}
	subject := challenge.Subject{ApplicationID: who.ID, To: to, Client: client}
	v, err := a.verifier.Start(ctx, verify.Start{
		Application: who.Application, To: to, Purpose: purpose, Locale: in.Body.Locale,
		Binding: binding, Client: client, Metadata: in.Body.Metadata,
		Priority: slices.Contains(who.Key.Purposes, string(verify.Login)), Keep: keeping(ctx, verificationOf),
		Solved: in.Body.Challenge != "" && a.challenges.Worked(subject, in.Body.Challenge),
	})
	if errors.Is(err, limit.ErrChallenge) {
		return nil, a.ask(ctx, err, subject)
	}
	return newAnswer(v, err)
}

// ask puts a challenge into the refusal that asks for one.
func (a *API) ask(ctx context.Context, refusal error, s challenge.Subject) error {
	p, c := web.ProblemOf(ctx, refusal), a.challenges.New(s)
	p.Challenge = &web.Challenge{Token: c.Token, Bits: c.Bits, ExpiresAt: c.ExpiresAt}
	return p
}

// client reads the person's address.
func (s Start) client() (netip.Addr, error) {
	if s.ClientIP == "" {
		return netip.Addr{}, nil
	}
	addr, err := netip.ParseAddr(s.ClientIP)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, ErrRequest.Because("client_ip: expected an IPv4 or IPv6 address")
	}
	return addr.Unmap(), nil
}

// checkMetadata bounds what is kept for the caller. Their number is bounded by
// the schema.
func (s Start) checkMetadata() error {
	for name, text := range s.Metadata {
		if name == "" || len(name) > 40 || len(text) > 500 {
			return ErrRequest.Because("metadata: a name has 1 to 40 bytes, a text at most 500")
		}
	}
	return nil
}

// bind reads a binding (S-11).
func bind(text string) (verify.Binding, error) {
	if len(text) > 256 {
		return verify.Binding{}, ErrRequest.Because("binding: expected at most 256 bytes")
	}
	return verify.Client(text), nil
}

// Named is the part of a request that names a verification. It is exported for
// huma, which fills no unexported field.
type Named struct {
	ID string `path:"id" example:"ver_01k9x3v7m8e4t9q2w5r6y7u8p0"`
}

var readDoc = doc{
	id: "get-verification", summary: "Look at a verification", korean: "인증 상태 보기", status: 200, refusals: []int{404},
}

func (a *API) read(ctx context.Context, in *Named) (*answer, error) {
	if !isID("ver_", in.ID) {
		return nil, verify.ErrNotFound
	}
	return newAnswer(a.verifier.Read(ctx, caller(ctx).ID, in.ID))
}

// Check submits a code.
type Check struct {
	Code    string `json:"code" example:"123456" doc:"What the person typed or pasted. Spaces, hyphens, full-width digits and a whole pasted message are understood."`
	Binding string `json:"binding,omitempty" doc:"The binding given at creation."`
}

type checkRequest struct {
	Named
	Body Check
}

// Checked is what a check found.
type Checked struct {
	ID           string        `json:"id" example:"ver_01k9x3v7m8e4t9q2w5r6y7u8p0"`
	Status       verify.Status `json:"status" enum:"pending,approved,redeemed,locked,expired,superseded,canceled" doc:"Where the verification stands now."`
	Approved     bool          `json:"approved" doc:"Whether this very check approved it."`
	AttemptsLeft *int          `json:"attempts_left,omitempty" doc:"How many more codes may be checked; left out when this check approved."`
	Receipt      string        `json:"receipt,omitempty" doc:"When this check approved: a signed proof, good for five minutes, to be redeemed once with POST /v1/receipts/redeem. Its keys are at /.well-known/jwks.json."`
}

type checkAnswer struct{ Body Checked }

var checkDoc = doc{
	id: "check-verification", summary: "Check a code", korean: "인증번호 확인하기",
	status: 200, refusals: []int{404, 413, 415, 429}, once: true,
	description: "A wrong code is an answer and no error: approved is false, status is pending or, after the last attempt, locked. " +
		"A code that cannot be read, or one with a missing or wrong binding, is refused and uses no attempt.",
}

func (a *API) check(ctx context.Context, in *checkRequest) (*checkAnswer, error) {
	ref, err := in.ref(ctx, in.Body.Binding)
	if err != nil {
		return nil, err
	}
	ref.Keep = keeping(ctx, func(r verify.Result) any { return a.checked(r) })
	r, err := a.verifier.Check(ctx, ref, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return &checkAnswer{a.checked(r)}, nil
}

// checked is the body of the answer to a check. The receipt of an approval can
// be written down again and again, and is the same text each time.
func (a *API) checked(r verify.Result) Checked {
	c := Checked{ID: r.ID, Status: r.Status, Approved: r.Approved}
	if r.Approved {
		c.Receipt = a.receipts.Sign(r.Receipt())
	} else {
		c.AttemptsLeft = &r.AttemptsLeft
	}
	return c
}

// ref names the verification a call is about.
func (n Named) ref(ctx context.Context, binding string) (verify.Ref, error) {
	b, err := bind(binding)
	if err != nil {
		return verify.Ref{}, err
	}
	if !isID("ver_", n.ID) {
		return verify.Ref{}, verify.ErrNotFound
	}
	return verify.Ref{ID: n.ID, ApplicationID: caller(ctx).ID, Binding: b}, nil
}

// Bound repeats the binding of a verification.
type Bound struct {
	Binding string `json:"binding,omitempty" doc:"The binding given at creation."`
}

// boundRequest is a call whose body may be left out.
type boundRequest struct {
	Named
	Body *Bound
}

func (r *boundRequest) ref(ctx context.Context) (verify.Ref, error) {
	if r.Body == nil {
		return r.Named.ref(ctx, "")
	}
	return r.Named.ref(ctx, r.Body.Binding)
}

var resendDoc = doc{
	id: "resend-verification", summary: "Text the same code again", korean: "같은 인증번호 다시 보내기",
	status: 200, refusals: []int{404, 409, 413, 415, 429}, once: true, counted: true,
	description: "At most twice, not before resend_at. It restores no attempt. While the first text is still queued no second one is made.",
}

func (a *API) resend(ctx context.Context, in *boundRequest) (*answer, error) {
	ref, err := in.ref(ctx)
	if err != nil {
		return nil, err
	}
	ref.Keep = keeping(ctx, verificationOf)
	return newAnswer(a.verifier.Resend(ctx, caller(ctx).Application, ref))
}

var cancelDoc = doc{
	id: "cancel-verification", summary: "End a pending verification", korean: "진행 중인 인증 끝내기",
	status: 200, refusals: []int{404, 409, 413, 415}, once: true,
	description: "Its code stops working at once, and a text that has not left is not sent.",
}

func (a *API) cancel(ctx context.Context, in *boundRequest) (*answer, error) {
	ref, err := in.ref(ctx)
	if err != nil {
		return nil, err
	}
	ref.Keep = keeping(ctx, verificationOf)
	return newAnswer(a.verifier.Cancel(ctx, ref))
}
