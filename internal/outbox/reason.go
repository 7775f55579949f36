package outbox

import "github.com/sinpyo/sinpyo/coolsms"

// Words are a sentence in both languages.
type Words struct{ Korean, English string }

// Reason says why a message stands where it does, and what the one who runs
// the service does about it. Every message has one: a status code that the
// provider's table does not have is sorted by its first digit, and the provider
// is the one to ask.
type Reason struct {
	Known  bool // the provider's code is in its table, or it gave none
	Why    Words
	Advice Words
}

// Reason returns the reason of the message's status.
func (m Message) Reason() Reason {
	if own, ok := reasons[m.Status]; ok {
		return own
	}
	if m.StatusCode == "" {
		return unexplained
	}
	about := coolsms.StatusCode(m.StatusCode).Info()
	return Reason{about.Known, Words{about.Korean, about.English}, advised(about.Action)}
}

func advised(a coolsms.Action) Words { return Words{a.Korean(), a.English()} }

// reasons are those of the statuses that say more than the provider's code.
var reasons = map[Status]Reason{
	Queued: {true, Words{"보낼 차례를 기다리고 있습니다.", "It waits to be handed to the provider."},
		advised(coolsms.ActionWait)},
	Sending: {true, Words{"문자 서비스에 넘기고 있습니다.", "It is being handed to the provider."},
		advised(coolsms.ActionWait)},
	Unknown: {true, Words{"72시간 안에 결과가 오지 않았거나 결과를 알 수 없습니다.", "No report came within 72 hours, or what became of it cannot be known."},
		Words{"문자 서비스 콘솔에서 전송 결과를 확인하세요.", "Look the message up in the provider's console."}},
	Dropped: {true, Words{"더 이상 필요하지 않아 보내지 않았습니다.", "Nobody waited for it any more, so it was not sent."},
		advised(coolsms.ActionNone)},
}

// unexplained is the reason of a message that ended without a code.
var unexplained = Reason{true,
	Words{"문자 서비스가 이유를 알려 주지 않았습니다.", "The provider gave no reason."},
	advised(coolsms.ActionAskProvider)}
