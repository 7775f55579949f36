package sandbox_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

const groups = "/messages/v4/groups"

func TestGroup_LifeOfOneText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.group(text("01000000001"))
	if got := w.only(id); got["statusCode"] != "2000" || got["status"] != "PENDING" {
		t.Errorf("before the send: %v %v", got["statusCode"], got["status"])
	}
	if g := w.do(200, "POST", groups+"/"+id+"/send", ""); g.text("status") != "SENDING" || g.at("balance.requested") != 20.0 {
		t.Errorf("send answered %v, %v won", g["status"], g.at("balance.requested"))
	}
	steps := []struct {
		wait              time.Duration
		code, group       string
		pending, received float64
	}{
		{0, "2000", "SENDING", 0, 0},
		{299 * time.Millisecond, "2000", "SENDING", 0, 0},
		{time.Millisecond, "3000", "SENDING", 1, 0},
		{699 * time.Millisecond, "3000", "SENDING", 1, 0},
		{time.Millisecond, "4000", "COMPLETE", 0, 1},
	}
	for _, step := range steps {
		w.pass(step.wait)
		m, g := w.only(id), w.do(200, "GET", groups+"/"+id, "")
		if m["statusCode"] != step.code || g.text("status") != step.group ||
			g.at("count.sentPending") != step.pending || g.at("count.sentSuccess") != step.received {
			t.Errorf("at %s: %v %v %v, want %+v", w.now().Sub(start), m["statusCode"], g["status"], g["count"], step)
		}
	}
	m := w.only(id)
	if m["dateProcessed"] != "2026-11-22T06:04:05.300Z" || m["dateReceived"] != "2026-11-22T06:04:06.000Z" || m["status"] != "COMPLETE" {
		t.Errorf("dates %v %v, status %v", m["dateProcessed"], m["dateReceived"], m["status"])
	}
}

func TestGroup_SendsExactlyOnceUnderParallelCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.group(text("01000000001"))
	var won, busy atomic.Int32
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			resp, _, err := w.send("POST", groups+"/"+id+"/send", "{}", w.authorization())
			switch {
			case err != nil:
				t.Error(err)
			case resp.StatusCode == 200:
				won.Add(1)
			case resp.StatusCode == 409:
				busy.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || busy.Load() != 99 {
		t.Errorf("%d sends won, %d were refused with 409, want 1 and 99", won.Load(), busy.Load())
	}
	w.pass(time.Second)
	if texts := w.Handset("01000000001"); len(texts) != 1 {
		t.Errorf("the phone has %d texts, want 1", len(texts))
	}
	if got := w.Money().Balance; got != 9980 {
		t.Errorf("balance %d, want 9980", got)
	}
}

// inState makes a group in each of the six states.
func inState(w *world, state string) string {
	switch state {
	case "PENDING":
		return w.group(text("01000000001"))
	case "FAILED":
		return w.do(200, "POST", "/messages/v4/send-many/detail", list(`{"to":"01000000001","from":"0299990000","text":"x"}`)).text("groupInfo.groupId")
	}
	id := w.group(text("01000000001"))
	switch state {
	case "SCHEDULED":
		w.do(200, "POST", groups+"/"+id+"/schedule", `{"scheduledDate":"2026-11-23T00:00:00Z"}`)
	case "DELETED":
		w.do(200, "DELETE", groups+"/"+id, "")
	case "SENDING", "COMPLETE":
		w.do(200, "POST", groups+"/"+id+"/send", "")
	}
	if state == "COMPLETE" {
		w.pass(2 * time.Second)
	}
	return id
}

func TestGroup_RefusesWhatItsStateForbids(t *testing.T) {
	t.Parallel()
	// status and code per call: send, put, take messages out, delete, schedule, cancel, resend
	type row struct{ send, put, remove, del, schedule, cancel, resend string }
	want := map[string]row{
		"PENDING":   {"200", "200", "400 ResourceNotFound", "200", "200", "400 InvalidStatus", "400 InvalidStatus"},
		"SCHEDULED": {"409 ScheduledGroup", "400 InvalidGroupStatus", "400 InvalidGroupStatus", "400 NotOperationalStatus", "400 InvalidStatus", "200", "400 InvalidStatus"},
		"SENDING":   {"409 GroupInProcessing", "400 InvalidGroupStatus", "400 InvalidGroupStatus", "400 NotOperationalStatus", "400 InvalidStatus", "400 InvalidStatus", "400 InvalidStatus"},
		"COMPLETE":  {"409 AlreadySent", "400 InvalidGroupStatus", "400 InvalidGroupStatus", "400 NotOperationalStatus", "400 InvalidStatus", "400 InvalidStatus", "400 InvalidStatus"},
		"DELETED":   {"400 DeletedGroup", "400 InvalidGroupStatus", "400 InvalidGroupStatus", "400 NotOperationalStatus", "400 InvalidStatus", "400 InvalidStatus", "400 InvalidStatus"},
		"FAILED":    {"400 FailedGroup", "400 InvalidGroupStatus", "400 InvalidGroupStatus", "400 NotOperationalStatus", "400 InvalidStatus", "400 InvalidStatus", "400 InvalidStatus"},
	}
	for state, row := range want {
		calls := []struct{ want, method, path, body string }{
			{row.send, "POST", "/send", "{}"},
			{row.put, "PUT", "/messages", list(text("01000000002"))},
			{row.remove, "DELETE", "/messages", `{"messageIds":["M4V"]}`},
			{row.del, "DELETE", "", "{}"},
			{row.schedule, "POST", "/schedule", `{"scheduledDate":"2026-11-23T00:00:00Z"}`},
			{row.cancel, "DELETE", "/schedule", ""},
			{row.resend, "POST", "/resend", ""},
		}
		for _, c := range calls {
			t.Run(state+c.method+c.path, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				id := inState(w, state)
				resp, body, err := w.send(c.method, groups+"/"+id+c.path, c.body, w.authorization())
				if err != nil {
					t.Fatal(err)
				}
				var o object
				decode(t, body, &o)
				got := fmt.Sprint(resp.StatusCode)
				if code := o.text("errorCode"); code != "" {
					got += " " + code
				}
				if got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
			})
		}
	}
}

func TestGroup_UnknownIs404(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, call := range [][2]string{
		{"GET", ""}, {"DELETE", ""}, {"PUT", "/messages"}, {"GET", "/messages"}, {"DELETE", "/messages"},
		{"POST", "/send"}, {"POST", "/resend"}, {"POST", "/schedule"}, {"DELETE", "/schedule"},
	} {
		body := `{"messageIds":["M4V"],"scheduledDate":"2026-11-23T00:00:00Z","messages":[` + text("01000000001") + `]}`
		w.refused(404, "ResourceNotFound", call[0], groups+"/G4VNOTHERE"+call[1], body)
	}
	w.refused(404, "NotFound", "GET", "/messages/v4/nothing", "")
	w.refused(404, "NotFound", "PATCH", groups, "")
}

func TestGroup_RefusedTwinIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.group()
	for i, want := range []string{"2000", "1026"} {
		got := w.do(200, "PUT", groups+"/"+id+"/messages", list(text("010-0000-0001")))
		item := got.at("resultList").([]any)[0].(map[string]any)
		if item["statusCode"] != want || got["errorCount"] != float64(i) || item["to"] != "01000000001" {
			t.Errorf("put %d: %v", i+1, got)
		}
	}
	all := w.do(200, "GET", groups+"/"+id+"/messages", "").at("messageList").(map[string]any)
	if len(all) != 2 {
		t.Errorf("the group holds %d messages, want the accepted one and its twin", len(all))
	}
	w.do(200, "POST", groups+"/"+id+"/send", "")
	w.pass(time.Second)
	if n := len(w.Handset("01000000001")); n != 1 {
		t.Errorf("the phone has %d texts, want 1", n)
	}
	if g := w.do(200, "GET", groups+"/"+id, ""); g.text("status") != "COMPLETE" || g.at("count.total") != 2.0 || g.at("count.registeredFailed") != 1.0 {
		t.Errorf("group %v with %v", g["status"], g["count"])
	}
}

func TestGroup_AllowDuplicatesTakesTwins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.do(200, "POST", groups+"/", `{"allowDuplicates":"true"}`).text("groupId")
	got := w.do(200, "POST", groups+"/"+id+"/messages", list(text("01000000001"), text("01000000001")))
	if got["errorCount"] != 0.0 {
		t.Errorf("errorCount %v, want 0", got["errorCount"])
	}
}

func TestGroup_RemovedMessagesAreNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.group()
	put := w.do(200, "PUT", groups+"/"+id+"/messages", list(text("01000000001"), text("01000000002")))
	first := put.at("resultList").([]any)[0].(map[string]any)["messageId"].(string)
	gone := w.do(200, "DELETE", groups+"/"+id+"/messages", `{"messageIds":["`+first+`"]}`)
	if gone["errorCount"] != 0.0 || gone.text("groupId") != id {
		t.Errorf("answer %v", gone)
	}
	w.do(200, "POST", groups+"/"+id+"/send", "")
	w.pass(time.Second)
	if a, b := w.Handset("01000000001"), w.Handset("01000000002"); len(a) != 0 || len(b) != 1 {
		t.Errorf("phones have %d and %d texts, want 0 and 1", len(a), len(b))
	}
	if got := w.Money().Balance; got != 9980 {
		t.Errorf("balance %d, want 9980: only one text was paid", got)
	}
}

func TestGroup_Empty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(400, "InvalidStatus", "POST", groups+"/"+w.group()+"/send", "")
	w.refused(400, "ValidationError", "PUT", groups+"/"+w.group()+"/messages", "{}")
	w.refused(400, "ValidationError", "PUT", groups+"/"+w.group()+"/messages", "{")
	w.refused(400, "ValidationError", "PUT", groups+"/"+w.group()+"/messages", list(`{"to":"01000000001","text":7}`))
}

func TestGroup_Schedule(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.group(text("01000000001"))
	for _, date := range []string{"2026-11-22T06:04:04Z", "2027-06-22T00:00:00Z", "soon", ""} {
		w.refused(400, "InvalidScheduledDate", "POST", groups+"/"+id+"/schedule", `{"scheduledDate":"`+date+`"}`)
	}
	schedule := func() {
		t.Helper()
		if g := w.do(200, "POST", groups+"/"+id+"/schedule", `{"scheduledDate":"2026-11-22T16:04:05+09:00"}`); g.text("scheduledDate") != "2026-11-22T07:04:05.000Z" {
			t.Errorf("scheduled for %v", g["scheduledDate"])
		}
	}
	schedule()
	if g := w.do(200, "DELETE", groups+"/"+id+"/schedule", ""); g.text("status") != "PENDING" {
		t.Errorf("cancelled group is %v", g["status"])
	}
	schedule()
	if due, ok := w.NextDue(); !ok || !due.Equal(start.Add(time.Hour)) {
		t.Errorf("next due %v %v", due, ok)
	}
	w.pass(time.Hour - time.Second)
	if n := len(w.Handset("01000000001")); n != 0 {
		t.Errorf("%d texts before their time", n)
	}
	w.pass(2 * time.Second)
	if texts := w.Handset("01000000001"); len(texts) != 1 || !texts[0].AcceptedAt.Equal(start.Add(time.Hour)) {
		t.Errorf("texts %v, want one taken at the scheduled moment", texts)
	}
}

func TestGroup_Quirks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithQuirks(sandbox.Quirks{CancelFails: true, AcceptLatePuts: true}))
	id := inState(w, "SCHEDULED")
	if g := w.do(200, "DELETE", groups+"/"+id+"/schedule", ""); g.text("status") != "FAILED" {
		t.Errorf("cancelled group is %v", g["status"])
	}
	sent := inState(w, "COMPLETE")
	w.do(200, "PUT", groups+"/"+sent+"/messages", list(text("01000000009")))
	w.pass(time.Minute)
	if n := len(w.Handset("01000000009")); n != 0 {
		t.Errorf("a late put was sent %d times", n)
	}
}

func TestFault_LostAnswerOfASendIsSettledByAsking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.group(text("01000000001"))
	if _, err := w.Arm(sandbox.Fault{Method: "post", Path: "/messages/v4/groups/*/send", Kind: sandbox.FaultDropReply}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.send("POST", groups+"/"+id+"/send", "", w.authorization()); err == nil {
		t.Fatal("the answer came, want a closed connection")
	}
	if g := w.do(200, "GET", groups+"/"+id, ""); g.text("status") != "SENDING" {
		t.Errorf("group is %v, want SENDING", g["status"])
	}
	w.refused(409, "GroupInProcessing", "POST", groups+"/"+id+"/send", "")
}

func TestArm_TellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, f := range []sandbox.Fault{
		{}, {Kind: "explode"}, {Kind: sandbox.FaultStatus}, {Kind: sandbox.FaultDelay, DelayMS: -1},
		{Kind: sandbox.FaultReset, Path: "/["}, {Kind: sandbox.FaultReset, Probability: 2},
	} {
		if _, err := w.Arm(f); err == nil {
			t.Errorf("%+v was armed", f)
		}
	}
}
