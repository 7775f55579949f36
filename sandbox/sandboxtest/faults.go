package sandboxtest

import "github.com/sinpyo/sinpyo/sandbox"

// sends matches every call that sends: /send, /send-many, /send-many/detail
// and the send of a group.
const sends = "/messages/v4/**send**"

// Fault arms a fault and disarms it when the test ends, or earlier by the
// returned function. A fault that cannot be armed fails the test.
func (e *Emulator) Fault(f sandbox.Fault) (disarm func()) {
	e.t.Helper()
	armed, err := e.Arm(f)
	if err != nil {
		e.t.Fatalf("arming a fault: %v", err)
	}
	disarm = func() { e.Disarm(armed.ID) }
	e.t.Cleanup(disarm)
	return disarm
}

// Refuse answers the next times calls with a status and an errorCode (empty:
// the one that goes with the status). The calls take no effect.
func (e *Emulator) Refuse(status int, errorCode string, times int) {
	e.t.Helper()
	e.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: status, ErrorCode: errorCode, Times: times})
}

// LoseAnswers lets the next times sends take effect and cuts the connection
// before the answer: the caller cannot know that the text went out.
func (e *Emulator) LoseAnswers(times int) {
	e.t.Helper()
	e.Fault(sandbox.Fault{Kind: sandbox.FaultDropReply, Method: "POST", Path: sends, Times: times})
}

// CutSends breaks the connection of the next times sends before they take
// effect: the caller cannot know that nothing went out.
func (e *Emulator) CutSends(times int) {
	e.t.Helper()
	e.Fault(sandbox.Fault{Kind: sandbox.FaultReset, Method: "POST", Path: sends, Times: times})
}

// Fail ends every further text to a phone with a status code, such as 3043
// (switched off) or 1060 (refused at the door); "4000" delivers again.
func (e *Emulator) Fail(phone, statusCode string) {
	e.t.Helper()
	if err := e.Decide(sandbox.Fate{To: phone, StatusCode: statusCode}); err != nil {
		e.t.Fatalf("deciding the fate of a number: %v", err)
	}
}

// EmptyPurse takes all money away, so that sends are refused with 402
// NotEnoughBalance.
func (e *Emulator) EmptyPurse() { e.SetMoney(sandbox.Account{}) }
