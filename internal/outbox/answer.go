package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// ErrNoAnswer refuses to ask about a message that the provider does not know: it
// never got there, or it is older than the six months that it keeps them for.
var ErrNoAnswer = fault.New(fault.NotFound, "provider_answer_missing",
	"the provider does not know this message: it was not handed over, or is older than six months")

// told are the fields of the provider's answer that tell of nothing but the
// message's way. Any other may hold a number or what the text says.
var told = []string{
	"messageId", "groupId", "type", "status", "statusCode", "reason", "networkName", "networkCode", "replacement", "resendCount",
	"dateCreated", "dateUpdated", "dateProcessed", "dateReported", "dateReceived",
}

// Answer asks the provider what it says of a message now, and returns that
// without text and numbers, as JSON. It is not stored: it would be as large as all the rest
// of a message. Refusals: [ErrNoAnswer], [ErrProvider].
func (o *Outbox) Answer(ctx context.Context, f Found) (json.RawMessage, error) {
	if f.ProviderMessageID == "" {
		return nil, ErrNoAnswer
	}
	ctx, cancel := call(ctx)
	defer cancel()
	page, err := through(ctx, o.road, func(ctx context.Context) (*coolsms.MessagesPage, error) {
		return o.client.Messages.List(ctx, coolsms.ListParams{MessageIDs: []string{f.ProviderMessageID}, Limit: 1})
	})
	switch {
	case errors.Is(err, errAway):
		return nil, ErrProvider.After(awayWait)
	case err != nil:
		o.log.Warn("outbox: asking what the provider says of a message", "error", err)
		return nil, ErrProvider.After(accountTrouble)
	case len(page.Messages) == 0:
		return nil, ErrNoAnswer
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(page.Messages[0].Raw, &all); err != nil {
		return nil, fmt.Errorf("reading what the provider says of message %s: %w", f.ID, err)
	}
	kept := make(map[string]json.RawMessage, len(told))
	for _, field := range told {
		if value, ok := all[field]; ok {
			kept[field] = value
		}
	}
	answer, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing what the provider says of message %s: %w", f.ID, err)
	}
	return answer, nil
}
