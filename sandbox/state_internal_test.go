package sandbox

import (
	"reflect"
	"testing"
)

// TestState_NothingIsForgotten wants every field of the state to be written
// down, or a reason why not.
func TestState_NothingIsForgotten(t *testing.T) {
	t.Parallel()
	const kept = "kept"
	tests := []struct {
		of     any
		fields map[string]string
	}{
		{world{}, map[string]string{
			"set": "given by the options", "chance": "of this process", "now": "read from the clock",
			"groups": kept, "groupOrder": "the order of groups", "messages": kept, "order": "the order of seq", "seq": "the last message's",
			"phones": "the messages' recipients", "byRank": "as phones", "ranks": "as phones",
			"senders": kept, "fates": kept, "balance": kept, "point": kept, "hooks": kept, "res": kept, "legacy": kept,
			"agenda": "entered again from groups and messages", "changed": "no page is open yet",
		}},
		{group{}, map[string]string{
			"id": kept, "status": kept, "count": kept, "charge": kept, "balance": kept, "point": kept, "created": kept, "updated": kept,
			"scheduledFor": kept, "sent": kept, "completed": kept, "log": kept, "agent": kept, "allowDuplicates": kept, "strict": kept,
			"custom": kept, "hint": kept, "priced": kept, "resent": kept, "messages": kept, "open": kept,
			"taken": "the messages' recipients", "place": "the order of groups", "schedules": "counts agenda entries, made anew",
		}},
		{message{}, map[string]string{
			"id": kept, "seq": kept, "group": kept, "to": kept, "from": kept, "text": kept, "subject": kept, "country": kept, "kind": kept,
			"image": kept, "auto": kept, "custom": kept, "kakao": kept, "voice": kept, "replaced": kept, "bytes": kept, "code": kept, "final": kept, "price": kept, "wait": kept,
			"created": kept, "updated": kept, "processed": kept, "reported": kept, "received": kept, "sent": kept,
			"place": "the order of seq", "phone": "the recipient", "onPhone": "the order of seq",
		}},
		{Sender{}, map[string]string{
			"PhoneNumber": kept, "Status": kept, "ExpireAt": kept, "Method": kept, "documents": kept, "handleKey": kept, "created": kept, "updated": kept,
		}},
		{webhook{}, map[string]string{
			"id": kept, "event": kept, "url": kept, "secret": kept, "name": kept, "temporary": kept, "status": kept, "fails": kept,
			"last": kept, "created": kept, "updated": kept, "queue": kept, "ready": kept, "later": kept, "held": kept, "taken": kept,
			"busy": "no call is under way yet",
		}},
		{report{}, map[string]string{"id": kept, "message": kept, "group": kept}},
		{logLine{}, map[string]string{"CreateAt": kept, "Message": kept, "moneyMoved": kept}},
	}
	for _, tt := range tests {
		typ := reflect.TypeOf(tt.of)
		for i := range typ.NumField() {
			name := typ.Field(i).Name
			if tt.fields[name] == "" {
				t.Errorf("%s.%s is new: write it down in a keepsake, or say here why not", typ.Name(), name)
			}
			delete(tt.fields, name)
		}
		for name := range tt.fields {
			t.Errorf("%s.%s is gone", typ.Name(), name)
		}
	}
}
