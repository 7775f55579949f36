package receipt_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/sinpyo/sinpyo/receipt"
)

// A backend makes one checker and keeps it. Here the server's keys are given;
// without WithKeys they are fetched from the server.
func ExampleChecker_Check() {
	keys, err := receipt.ParseKeys([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA",` +
		`"kid":"k0","x":"iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w"}]}`))
	if err != nil {
		log.Fatal(err)
	}
	checker, err := receipt.New("https://id.example.kr", "app_shop",
		receipt.WithKeys(keys),
		receipt.WithClock(func() time.Time { return time.Date(2026, 11, 22, 6, 5, 0, 0, time.UTC) }))
	if err != nil {
		log.Fatal(err)
	}

	fromTheBrowser := exampleReceipt
	r, err := checker.Check(context.Background(), fromTheBrowser, "signup")
	switch {
	case errors.Is(err, receipt.ErrExpired):
		fmt.Println("ask for a new code")
	case errors.Is(err, receipt.ErrInvalid):
		fmt.Println("refuse")
	case err != nil:
		fmt.Println("try again later:", err)
	default:
		fmt.Println(r.Number, "was proved for", r.Purpose)
		// Whatever must not happen twice comes after POST /v1/receipts/redeem.
	}
	// Output: +821012345678 was proved for signup
}

// exampleReceipt is what a check answered.
const exampleReceipt = "eyJhbGciOiJFZERTQSIsImtpZCI6ImswIiwidHlwIjoic2lucHlvLXJlY2VpcHQrand0In0.eyJhdWQiOiJhcHBfc2hvcCIsImV4cCI6MTc5NT" +
	"MyNzc0NSwiaWF0IjoxNzk1MzI3NDQ1LCJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUua3IiLCJqdGkiOiJvbmUiLCJtZXRob2QiOiJzbXNfY29k" +
	"ZSIsInBob25lX251bWJlciI6Iis4MjEwMTIzNDU2NzgiLCJwaG9uZV9udW1iZXJfdmVyaWZpZWQiOnRydWUsInB1cnBvc2UiOiJzaWdudXAiLC" +
	"J2ZXJpZmljYXRpb25faWQiOiJ2ZXJfMSJ9.CSxjIOHKkbxqbyk1EmksJ2Jv9E7eA9qU_mmCfX2q92azCE8WzLtPpo4S8xUa6gSXwtb_13YOhWe" +
	"0c-ZgN4L4DA"
