// Package coolsms is a typed client of the CoolSMS (SOLAPI) message API, version 4.
//
// # Sending
//
// Every text leaves through a group: it is created, messages are put into it,
// and it is sent. The group's id is what makes a send repeatable. The provider
// sends a group once and answers [ErrAlreadySent] afterwards, so a program that
// keeps the id before it goes on can settle any crash and any lost answer by
// reading the group.
//
//	c := coolsms.New(key, secret)
//	group, err := c.Groups.Create(ctx, coolsms.CreateGroupParams{})
//	...
//	put, err := c.Groups.Put(ctx, group.GroupID, []coolsms.Message{{
//		To: "01012345678", From: "0215770000", Text: "...", Type: coolsms.SMS,
//		AutoTypeDetect: coolsms.Bool(false), // too long fails instead of costing more
//	}})
//	...
//	for _, r := range put.Results {
//		if err := r.Err(); err != nil {
//			... // this message was refused; the others were not
//		}
//	}
//	_, err = c.Groups.Send(ctx, group.GroupID)
//
// Numbers are digits only, Korean ones in national form. The sender must be
// registered with the provider ([SenderNumbersService.List]).
//
// # Asking
//
// Acceptance is not delivery. What became of a message stands in its
// [StatusCode], which moves from 2000 (accepted) over 3000 (at the carrier) to
// 4000 (delivered) or to a failure; [StatusCode.Class] sorts them.
//
//	for m, err := range c.Messages.All(ctx, coolsms.ListParams{GroupID: id}) {
//		...
//	}
//
// # Errors
//
// A refusal by the provider is an [*APIError], a call without a usable answer a
// [*CallError]. Ask by meaning rather than by type: errors.Is with
// [ErrRateLimited], [ErrInsufficientBalance] and the others, [IsTemporary] for
// what may work later, and above all [IsAmbiguous]: the request may have taken
// effect although it failed, so look before doing it again. Refusals of single
// messages are data ([PutResult]), not errors of the call.
//
// Error texts leave out query strings and blank out long runs of digits, so
// they can be logged; the raw answer is in [APIError.Body].
//
// # What it does by itself
//
// A call that only reads is repeated, twice by default ([WithRetry]), when it
// was not answered or the provider asked to wait. A call that changes something
// is repeated in one case only: no connection came about, so not a byte has
// left. Every attempt is signed anew with a fresh salt and the present time.
// Redirects are not followed, answers are read up to a bound, and every call
// ends with its context or after the client's own time-out.
//
// The package has no state beside the client, keeps the key's secret out of
// everything it prints, and depends on the standard library alone.
//
// Documentation of the API: https://developers.solapi.com/references and
// https://github.com/solapi/documents.
package coolsms
