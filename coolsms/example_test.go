package coolsms_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
)

// provider stands in for the provider: it answers each path with a body. A
// program leaves WithBaseURL out.
func provider(answers map[string]string) *httptest.Server {
	mux := http.NewServeMux()
	for pattern, body := range answers {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	}
	return httptest.NewServer(mux)
}

// A text is sent through a group, whose id makes the send repeatable.
func Example() {
	srv := provider(map[string]string{
		"POST /messages/v4/groups":              `{"groupId":"G4V1","status":"PENDING"}`,
		"PUT /messages/v4/groups/G4V1/messages": `{"errorCount":0,"resultList":[{"messageId":"M4V1","to":"01012345678","statusCode":"2000"}]}`,
		"POST /messages/v4/groups/G4V1/send":    `{"groupId":"G4V1","status":"SENDING"}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	ctx := context.Background()

	group, err := c.Groups.Create(ctx, coolsms.CreateGroupParams{})
	if err != nil {
		log.Fatal(err)
	}
	put, err := c.Groups.Put(ctx, group.GroupID, []coolsms.Message{{
		To: "01012345678", From: "0215770000", Text: "[신표] 인증번호 123456", Type: coolsms.SMS,
		AutoTypeDetect: coolsms.Bool(false),
		CustomFields:   map[string]string{"id": "msg_1"},
	}})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range put.Results {
		if err := r.Err(); err != nil {
			log.Fatal(err)
		}
	}
	group, err = c.Groups.Send(ctx, group.GroupID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(put.Results[0].MessageID, group.Status)
	// Output: M4V1 SENDING
}

// A send whose answer was lost is settled by reading the group.
func ExampleIsAmbiguous() {
	srv := provider(map[string]string{
		"POST /messages/v4/groups/G4V1/send": `{"groupId":"G4V`, // the answer is cut
		"GET /messages/v4/groups/G4V1":       `{"groupId":"G4V1","status":"SENDING"}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	ctx := context.Background()

	_, err := c.Groups.Send(ctx, "G4V1")
	if coolsms.IsAmbiguous(err) {
		group, err := c.Groups.Get(ctx, "G4V1")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("sent:", group.Status != coolsms.GroupPending)
	}
	// Output: sent: true
}

func ExampleAPIError() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"errorCode":"AlreadySent","errorMessage":"발송 완료 그룹"}`)
	}))
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	_, err := c.Groups.Send(context.Background(), "G4V1")

	var refusal *coolsms.APIError
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Status, refusal.Code, errors.Is(err, coolsms.ErrAlreadySent))
	}
	fmt.Println(err)
	// Output:
	// 409 AlreadySent true
	// coolsms: POST /messages/v4/groups/G4V1/send: 409 AlreadySent: 발송 완료 그룹
}

func ExampleMessagesService_All() {
	srv := provider(map[string]string{
		"GET /messages/v4/list": `{"nextKey":null,"messageList":{
			"M4V2":{"messageId":"M4V2","statusCode":"4000"},
			"M4V1":{"messageId":"M4V1","statusCode":"3043"}}}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	for m, err := range c.Messages.All(context.Background(), coolsms.ListParams{GroupID: "G4V1"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(m.MessageID, m.StatusCode.Class(), "-", m.StatusCode.English())
	}
	// Output:
	// M4V2 delivered - Delivered (sending finished successfully)
	// M4V1 undelivered - Handset switched off
}

func ExampleGroupsService_DeleteMessages() {
	srv := provider(map[string]string{
		"DELETE /messages/v4/groups/G4V1/messages": `{"groupId":"G4V1","errorCount":0,"resultList":[{"messageId":"M4V1","resultCode":"Success"}]}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	gone, err := c.Groups.DeleteMessages(context.Background(), "G4V1", []string{"M4V1"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(gone.Results[0].MessageID, gone.Results[0].ResultCode)
	// Output: M4V1 Success
}

func ExampleCashService_Balance() {
	srv := provider(map[string]string{"GET /cash/v1/balance": `{"balance":9580,"point":60}`})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	b, err := c.Cash.Balance(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(b.Usable(), "won")
	// Output: 9640 won
}

func ExampleSenderNumbersService_List() {
	srv := provider(map[string]string{
		"GET /senderid/v1/numbers": `{"senderIds":[{"phoneNumber":"0215770000","status":"ACTIVE","expireAt":"2026-09-01T00:00:00.000Z"}]}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	page, err := c.SenderNumbers.List(context.Background(), coolsms.ListSenderNumbersParams{Limit: 100})
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, 8, 30, 0, 0, 0, 0, time.UTC)
	for _, n := range page.Numbers {
		fmt.Println(n.PhoneNumber, n.UsableAt(now), n.ExpireAt.Sub(now))
	}
	// Output: 0215770000 true 48h0m0s
}
