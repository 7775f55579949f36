package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/verify"
)

// Redeem uses a receipt up.
type Redeem struct {
	Receipt string         `json:"receipt" maxLength:"4096" doc:"What the check answered."`
	Purpose verify.Purpose `json:"purpose" enum:"signup,login,recovery,number_change,api" doc:"What you are about to do; it must be what the verification was started for."`
}

type redeemRequest struct{ Body Redeem }

// RedeemedReceipt is what a receipt proved.
type RedeemedReceipt struct {
	To             string         `json:"to" example:"+821012345678" doc:"The number, in E.164."`
	Purpose        verify.Purpose `json:"purpose" enum:"signup,login,recovery,number_change,api"`
	VerifiedAt     time.Time      `json:"verified_at" doc:"When the right code came, in whole seconds."`
	VerificationID string         `json:"verification_id" example:"ver_01k9x3v7m8e4t9q2w5r6y7u8p0"`
}

type redeemAnswer struct{ Body RedeemedReceipt }

var redeemDoc = doc{
	id: "redeem-receipt", summary: "Use a receipt up", korean: "영수증 사용하기", status: 200, refusals: []int{409, 413, 415}, once: true,
	description: "Answers 200 once, for five minutes after the check. Redeem a receipt before doing anything that must not happen twice: " +
		"its signature alone does not tell whether it was shown before.",
}

func (a *API) redeem(ctx context.Context, in *redeemRequest) (*redeemAnswer, error) {
	r, err := a.receipts.Read(ctx, in.Body.Receipt, caller(ctx).ID, string(in.Body.Purpose))
	if err != nil {
		return nil, err
	}
	redeemed := RedeemedReceipt{
		To: r.To.E164(), Purpose: in.Body.Purpose, VerifiedAt: r.ApprovedAt, VerificationID: r.VerificationID,
	}
	keep := keeping(ctx, func(verify.Result) any { return redeemed })
	if err := a.verifier.RedeemReceipt(ctx, r, keep); err != nil {
		return nil, err
	}
	return &redeemAnswer{redeemed}, nil
}

// jwks answers with the keys that receipts are signed with (RFC 7517). They may
// be kept for five minutes: a new one is published a day before it signs.
func (a *API) jwks(w http.ResponseWriter, r *http.Request) {
	body, etag := a.receipts.Published()
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/jwk-set+json")
	_, _ = w.Write(body) // the caller may have gone
}

// matches reports whether an If-None-Match names an entity tag (RFC 9110
// §13.1.2).
func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}
