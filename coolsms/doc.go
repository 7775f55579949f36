// Package coolsms is a typed client of the CoolSMS (SOLAPI) message API, version 4,
// and a receiver of its reports.
//
// # A client
//
// [New] makes a client from an API key and its secret, which are made in the
// provider's console. One client serves a whole program and any number of
// goroutines. Its services are fields: [Client.Groups], [Client.Messages],
// [Client.Cash] and so on.
//
//	c := coolsms.New(key, secret)
//	sent, err := c.Messages.Send(ctx, coolsms.SendParams{Message: coolsms.Message{
//		To: "01012345678", From: "0215770000", Text: "안녕하세요",
//	}})
//
// Numbers are digits only, Korean ones in national form. The sender must be
// registered with the provider ([SenderNumbersService.List]).
//
// # Two ways to send
//
// [MessagesService.Send], SendMany and SendManyDetail send in one call. They are
// simple, and they have a gap: the provider knows no idempotency keys, so when
// the answer is lost nobody can tell whether the message left. The client never
// repeats them.
//
// A group closes the gap. It is created, messages are put into it, and it is
// sent; the provider sends a group once in its life and answers [ErrAlreadySent]
// afterwards. A program that keeps the group's id before it goes on can settle
// any crash and any lost answer by reading the group.
//
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
// A group can also be scheduled ([GroupsService.Schedule]), and so can
// SendManyDetail.
//
// # Kinds of message
//
// Without a Type the provider chooses: SMS up to 90 bytes in EUC-KR, LMS above,
// MMS with an ImageID from [FilesService.Upload]. [KakaoOptions] makes an
// AlimTalk or a friend talk, [VoiceOptions] a phone call; [RCSOptions],
// [NaverOptions] and [FaxOptions] are there too. What a kind costs is in
// [PricingService.Messaging].
//
// # What became of it
//
// Acceptance is not delivery. What became of a message stands in its
// [StatusCode], which moves from 2000 (accepted) over 3000 (at the carrier) to
// 4000 (delivered) or to a failure. [StatusCode.Class] sorts codes, and
// [StatusCode.Info] says in Korean and English what one means, whether another
// try is worth it, and what the operator should do. Codes that no table has are
// kept and sorted by their first digit.
//
// Ask, with lists that walk over their pages:
//
//	for m, err := range c.Messages.All(ctx, coolsms.ListParams{GroupID: id}) {
//		...
//	}
//
// or be told, with a webhook ([WebhooksService.Create]) and the handler that
// takes its reports ([WebhookHandler]).
//
// # Errors
//
// A refusal by the provider is an [*APIError], a call without a usable answer a
// [*CallError], the refusal of a single message a [*MessageError]. Ask by meaning
// rather than by type: errors.Is with [ErrRateLimited], [ErrInsufficientBalance]
// and the others, [IsTemporary] for what may work later, and above all
// [IsAmbiguous]: the request may have taken effect although it failed, so look
// before doing it again. Refusals of single messages among many are data
// ([PutResult]), not errors of the call. [ErrorCode.Info] says what a refusal
// means and what to do about it.
//
// Error texts leave out query strings and blank out long runs of digits, so
// they can be logged; the raw answer is in [APIError.Body] or [CallError.Body].
//
// # What it does by itself
//
// A call that only reads is repeated, twice by default ([WithRetry]), when it
// was not answered or the provider asked to wait. A call that changes something
// is repeated in one case only: no connection came about, so not a byte has
// left. The three sends are not repeated even then. Every attempt is signed anew
// with a fresh salt and the present time. Redirects are not followed, answers
// are read up to a bound, and every call ends with its context or after the
// client's own time-out.
//
// # What it does not know
//
// The provider's API grows. Values of enumerations are strings and are kept
// whatever they are; what an answer holds beyond the fields of its type is in
// its Raw. What this package guesses, because no document says it, is marked
// with a G in its comments.
//
// The package has no state beside the client, keeps the key's secret out of
// everything it prints, and depends on the standard library alone. Package
// sandbox of the same module emulates the provider, for tests.
//
// Documentation of the API: https://developers.solapi.com/references and
// https://github.com/solapi/documents.
package coolsms
