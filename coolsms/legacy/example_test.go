package legacy_test

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
	"github.com/sinpyo/sinpyo/coolsms/legacy"
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

// One call sends one text to all its recipients.
func Example() {
	srv := provider(map[string]string{
		"POST /sms/2/send": `{"group_id":"GID1","success_count":1,"error_count":0,"result_code":"00","result_message":"Success"}`,
		"GET /sms/2/sent": `{"total_count":"1","list_count":1,"page":1,"data":[
			{"message_id":"MID1","recipient_number":"01012345678","status":"2","result_code":"00","accepted_time":"2026-05-04 10:02:03"}]}`,
	})
	defer srv.Close()

	c := legacy.New("NCSTESTKEY000001", "secret", legacy.WithBaseURL(srv.URL))
	ctx := context.Background()

	sent, err := c.Messages.Send(ctx, legacy.SendParams{Message: legacy.Message{
		To: []string{"01012345678"}, From: "0215770000", Text: "[신표] 인증번호 123456",
	}})
	if err != nil {
		log.Fatal(err)
	}
	if err := sent.Err(); err != nil {
		log.Fatal(err)
	}
	for m, err := range c.Messages.AllSent(ctx, legacy.SentParams{GroupID: sent.GroupID}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(m.MessageID, m.Class())
	}
	// Output: MID1 delivered
}

// Recipients that the provider refuses do not fail the call.
func ExampleSendResult_Err() {
	srv := provider(map[string]string{
		"POST /sms/2/send": `{"group_id":"GID1","success_count":1,"error_count":1,"result_code":"10","result_message":"x"}`,
	})
	defer srv.Close()

	c := legacy.New("NCSTESTKEY000001", "secret", legacy.WithBaseURL(srv.URL))
	sent, err := c.Messages.Send(context.Background(), legacy.SendParams{Message: legacy.Message{
		To: []string{"01012345678", "0101"}, From: "0215770000", Text: "[신표] 인증번호 123456",
	}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sent.Success, "accepted;", sent.Err())
	// Output: 1 accepted; coolsms/legacy: refused with 10: Wrong number
}

// A scheduled text can be stopped until its time comes.
func ExampleMessagesService_Cancel() {
	srv := provider(map[string]string{
		"POST /sms/2/send":   `{"group_id":"GID1","success_count":1,"error_count":0,"result_code":"00"}`,
		"POST /sms/2/cancel": `{}`,
	})
	defer srv.Close()

	c := legacy.New("NCSTESTKEY000001", "secret", legacy.WithBaseURL(srv.URL))
	ctx := context.Background()
	sent, err := c.Messages.Send(ctx, legacy.SendParams{Message: legacy.Message{
		To: []string{"01012345678"}, From: "0215770000", Text: "내일 10시에 뵙겠습니다", At: time.Now().Add(24 * time.Hour),
	}})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Messages.Cancel(ctx, legacy.CancelParams{GroupID: sent.GroupID}); err != nil {
		log.Fatal(err)
	}
	fmt.Println("canceled")
	// Output: canceled
}

// Texts that differ are collected in a group.
func ExampleGroupsService() {
	srv := provider(map[string]string{
		"GET /sms/2/new_group":                      `{"group_id":"GID1"}`,
		"POST /sms/2/groups/GID1/add_messages.json": `[{"success_count":1,"error_count":0},{"success_count":0,"error_count":1,"error_list":[{"0":"1062"}]}]`,
		"POST /sms/2/groups/GID1/send":              `{"group_id":"GID1"}`,
	})
	defer srv.Close()

	c := legacy.New("NCSTESTKEY000001", "secret", legacy.WithBaseURL(srv.URL))
	ctx := context.Background()
	group, err := c.Groups.Create(ctx, legacy.GroupOptions{})
	if err != nil {
		log.Fatal(err)
	}
	added, err := c.Groups.AddMany(ctx, group, []legacy.Message{
		{To: []string{"01012345678"}, From: "0215770000", Text: "첫 번째"},
		{To: []string{"01012345678"}, From: "0215770009", Text: "두 번째"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for i, counters := range added {
		for _, e := range counters.Errors {
			// A code of four digits is one of the current API.
			fmt.Println("message", i, "refused:", coolsms.StatusCode(e.Code).English())
			fmt.Println(errors.Is(counters.Err(), legacy.ErrSenderNotRegistered))
		}
	}
	if err := c.Groups.Send(ctx, group); err != nil {
		log.Fatal(err)
	}
	// Output:
	// message 1 refused: Sender number not registered (or not active/expired)
	// true
}

// A picture for the texts of a group is stored first.
func ExampleImagesService_Upload() {
	srv := provider(map[string]string{
		"POST /sms/2/upload_image":             `{"image_id":"IMG1"}`,
		"POST /sms/2/groups/GID1/add_messages": `{"success_count":1,"error_count":0}`,
	})
	defer srv.Close()

	c := legacy.New("NCSTESTKEY000001", "secret", legacy.WithBaseURL(srv.URL))
	ctx := context.Background()
	image, err := c.Images.Upload(ctx, []byte("GIF89a..."))
	if err != nil {
		log.Fatal(err)
	}
	added, err := c.Groups.Add(ctx, "GID1", legacy.Message{
		To: []string{"01012345678"}, From: "0215770000", Text: "약도", Type: legacy.MMS, ImageID: image,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(added.Success)
	// Output: 1
}

// A send whose answer was lost is looked up before it is made again.
func ExampleIsAmbiguous() {
	srv := provider(map[string]string{
		"POST /sms/2/send": `{"group_id":"GID`, // the answer is cut
		"GET /sms/2/sent":  `{"total_count":"1","data":[{"message_id":"MID1","text":"[신표] 인증번호 123456","status":"0","result_code":"99"}]}`,
	})
	defer srv.Close()

	c := legacy.New("NCSTESTKEY000001", "secret", legacy.WithBaseURL(srv.URL))
	ctx := context.Background()
	began := time.Now()
	text := legacy.Message{To: []string{"01012345678"}, From: "0215770000", Text: "[신표] 인증번호 123456"}
	_, err := c.Messages.Send(ctx, legacy.SendParams{Message: text})
	if legacy.IsAmbiguous(err) {
		for m, err := range c.Messages.AllSent(ctx, legacy.SentParams{To: text.To[0], Start: began.Add(-time.Minute)}) {
			if err != nil {
				log.Fatal(err)
			}
			if m.Text == text.Text {
				fmt.Println("it was sent:", m.MessageID)
			}
		}
	}
	// Output: it was sent: MID1
}

func ExampleAPIError() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusPaymentRequired)
		_, _ = io.WriteString(w, `{"code":"NotEnoughBalance","message":"잔액 부족"}`)
	}))
	defer srv.Close()

	c := legacy.New("NCSTESTKEY000001", "secret", legacy.WithBaseURL(srv.URL))
	_, err := c.Messages.Send(context.Background(), legacy.SendParams{})

	var refusal *legacy.APIError
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Status, refusal.Code, errors.Is(err, legacy.ErrInsufficientBalance))
		fmt.Println(refusal.Code.Info().Action.English())
	}
	// Output:
	// 402 NotEnoughBalance true
	// Charge the account in the provider's console.
}

func ExampleResultCode_Info() {
	info := legacy.ResultCode("43").Info()
	fmt.Println(info.English, "/", info.Korean)
	fmt.Println(info.Class, "retry:", info.Retry, "-", info.Action.Korean())
	// Output:
	// Handset off / 전원 꺼짐
	// undelivered retry: yes - 잠시 뒤에 다시 시도하세요.
}

func ExampleCashService_Balance() {
	srv := provider(map[string]string{"GET /sms/2/balance": `{"cash":"9580","point":"60"}`})
	defer srv.Close()

	c := legacy.New("NCSTESTKEY000001", "secret", legacy.WithBaseURL(srv.URL))
	b, err := c.Cash.Balance(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(b.Usable(), "won")
	// Output: 9640 won
}

func ExampleSenderNumbersService_List() {
	srv := provider(map[string]string{
		"GET /senderid/1.1/list": `[{"idno":"17","phone_number":"0215770000","flag_default":"Y","handle_key":"H1"}]`,
	})
	defer srv.Close()

	c := legacy.New("NCSTESTKEY000001", "secret", legacy.WithBaseURL(srv.URL))
	numbers, err := c.SenderNumbers.List(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range numbers {
		fmt.Println(n.PhoneNumber, n.Default)
	}
	// Output: 0215770000 true
}

func ExampleV1Service_Send() {
	srv := provider(map[string]string{
		"POST /sms/1.5/send": `{"group_id":"GID1","success_count":2,"error_count":0,"result_code":"00","result_message":"Success"}`,
	})
	defer srv.Close()

	c := legacy.New("NCSTESTKEY000001", "secret", legacy.WithBaseURL(srv.URL), legacy.WithAlgorithm(legacy.SHA1))
	sent, err := c.V1.Send(context.Background(), legacy.V1SendParams{
		SendParams: legacy.SendParams{Message: legacy.Message{To: []string{"01012345678"}, From: "0215770000", Text: "첫 번째"}},
		Extension:  []legacy.Message{{To: []string{"01000000001"}, Text: "두 번째"}}, // from the same sender
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sent.Success, sent.ResultMessage)
	// Output: 2 Success
}
