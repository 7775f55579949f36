// Package legacy is a typed client of the old CoolSMS API: version 2 ("SMS API
// v2", /sms/2), version 1.5 (/sms/1.5) and its sender numbers (/senderid/1.1).
// It is for programs that still speak it or must read what was sent with it.
// New programs use package coolsms, whose API can settle a lost answer; this
// one cannot.
//
// # Sending
//
// One call sends one text to up to 1,000 recipients:
//
//	c := legacy.New(key, secret)
//	sent, err := c.Messages.Send(ctx, legacy.SendParams{Message: legacy.Message{
//		To: []string{"01012345678"}, From: "0215770000", Text: "...",
//	}})
//	...
//	if err := sent.Err(); err != nil {
//		... // the last recipient that was refused; sent.Success others were not
//	}
//
// Numbers are digits only, Korean ones in national form, and the sender must be
// registered with the provider. A text for later has [Message.At], and
// [MessagesService.Cancel] stops it until then. An MMS carries its picture in
// [SendParams.Image].
//
// Texts that differ are collected in a group: [GroupsService.Create], then
// [GroupsService.AddMany], then [GroupsService.Send]. A picture for them is
// stored first ([ImagesService.Upload]).
//
// # Asking
//
// Acceptance is not delivery. What became of a text stands in its status and
// its [ResultCode]; [SentMessage.Class] reads both.
//
//	for m, err := range c.Messages.AllSent(ctx, legacy.SentParams{GroupID: sent.GroupID}) {
//		...
//	}
//
// [ResultCode.Info] and [ErrorCode.Info] tell what a code means, in Korean and
// in English, whether to try again and what the operator should do.
//
// # Errors
//
// A refusal by the provider is an [*APIError], a call without a usable answer a
// [*CallError], which keeps what arrived. Ask by meaning rather than by type:
// errors.Is with [ErrUnauthorized], [ErrInsufficientBalance] and the others,
// [IsTemporary] for what may work later, and above all [IsAmbiguous]: the
// request may have taken effect although it failed. This API has nothing that
// would make a send repeatable, so look with [MessagesService.Sent] by
// recipient and time before sending again. Refusals of single recipients are
// data ([SendResult], [Counters]), not errors of the call.
//
// Error texts leave out query strings and blank out long runs of digits, so
// they can be logged; the raw answer is in Body. Mind that the protocol itself
// puts a recipient who is asked for, and the signature, into the query string
// of a GET, which proxies may log.
//
// # What it does by itself
//
// A call that only reads is repeated, twice by default ([WithRetry]), when it
// was not answered or the provider asked to wait. A call that changes something
// is repeated in one case only: no connection came about, so not a byte has
// left. Every attempt is signed anew with a fresh salt and the present time, by
// HMAC-MD5 in hex as the provider expects it ([WithAlgorithm], [WithEncoding]).
// Redirects are not followed, answers are read up to a bound, and every call
// ends with its context or after the client's own time-out.
//
// Where the documents contradict themselves or are silent, comments mark a
// guess with (G). Numbers that arrive as texts, the forms that error_list is
// seen in, and fields that this package does not know are all taken as they
// come; the latter stay in Raw. Received messages (/mo/1) are not covered:
// their fields are not documented.
//
// The package has no state beside the client, keeps the key's secret out of
// everything it prints, and depends on the standard library alone.
//
// Documentation of the API: https://github.com/coolsms/documents, in
// old-versions.
package legacy
