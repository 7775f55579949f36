package sandboxtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/sinpyo/sinpyo/sandbox/sandboxtest"
)

// t stands for the *testing.T of your test.
var t = &exampleT{}

// A sign-up is tested by letting the code under test send its text, and
// reading the code from the phone as a person would.
func ExampleNew() {
	provider := sandboxtest.New(t)
	defer t.end()

	// The code under test is configured with provider.URL, .Key and .Secret.
	if err := send(context.Background(), provider, "[예시] 인증번호 482913"); err != nil {
		fmt.Println(err)
	}

	fmt.Println(provider.WaitCode("010-0000-0001"))
	// Output: 482913
}

// What the code under test does when an answer is lost: the text went out, and
// the caller cannot know it.
func ExampleEmulator_LoseAnswers() {
	provider := sandboxtest.New(t)
	defer t.end()
	provider.LoseAnswers(1)

	err := send(context.Background(), provider, "[예시] 인증번호 482913")

	fmt.Println("failed:", err != nil)
	fmt.Println("on the phone:", len(provider.Handset("010-0000-0001")))
	// Output:
	// failed: true
	// on the phone: 1
}

// A phone that is switched off gets nothing; the report says 3043.
func ExampleEmulator_Fail() {
	provider := sandboxtest.New(t)
	defer t.end()
	provider.Fail("010-0000-0001", "3043")

	err := send(context.Background(), provider, "[예시] 인증번호 482913")

	fmt.Println(err, len(provider.Handset("010-0000-0001")))
	// Output: <nil> 0
}

// exampleT lets an example call New, which wants the test it runs in.
type exampleT struct {
	testing.TB
	cleanups []func()
}

func (t *exampleT) Helper()          {}
func (t *exampleT) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *exampleT) end() {
	for _, f := range t.cleanups {
		f()
	}
	t.cleanups = nil
}
