package sandbox_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// A test gives a Sandbox to the client it tests, as its Transport or through
// httptest.NewServer, and reads the phone afterwards.
func ExampleNew() {
	sb := sandbox.New(
		sandbox.WithKey("NCSKEY0000000001", "a secret"),
		sandbox.WithSender("0215770000", time.Time{}),
		sandbox.WithReportDelay(0), // delivered before the send call returns
	)
	defer sb.Close()

	client := &http.Client{Transport: sb}
	_ = client // what it sends to any host arrives here

	fmt.Println(len(sb.Handset("01000000001")), "texts on the phone")
	// Output: 0 texts on the phone
}

// Faults make calls go wrong on purpose: here the next send of a group takes
// effect, and its answer is lost.
func ExampleSandbox_Arm() {
	sb := sandbox.New()
	defer sb.Close()
	f, err := sb.Arm(sandbox.Fault{Method: "POST", Path: "/messages/v4/groups/*/send", Kind: sandbox.FaultDropReply})
	fmt.Println(f.ID, f.Times, err)
	// Output: fault_1 1 <nil>
}
