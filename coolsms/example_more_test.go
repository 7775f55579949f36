package coolsms_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
)

func ExampleMessagesService_Send() {
	srv := provider(map[string]string{
		"POST /messages/v4/send": `{"groupId":"G4V1","messageId":"M4V1","statusCode":"2000","type":"SMS"}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	sent, err := c.Messages.Send(context.Background(), coolsms.SendParams{
		Message: coolsms.Message{To: "01012345678", From: "0215770000", Text: "안녕하세요"},
	})
	var refused *coolsms.MessageError
	if errors.As(err, &refused) {
		fmt.Println(refused.StatusCode.Info().Action.English())
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sent.MessageID, sent.Type)
	// Output: M4V1 SMS
}

func ExampleMessagesService_SendManyDetail() {
	srv := provider(map[string]string{
		"POST /messages/v4/send-many/detail": `{"failedMessageList":[{"to":"01000000002","statusCode":"1062"}],
			"groupInfo":{"groupId":"G4V1","status":"SENDING","count":{"registeredSuccess":1,"registeredFailed":1}}}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	sent, err := c.Messages.SendManyDetail(context.Background(), coolsms.SendManyDetailParams{
		Messages: []coolsms.Message{
			{To: "01000000001", From: "0215770000", Text: "안내"},
			{To: "01000000002", From: "0299990000", Text: "안내"},
		},
		ScheduledDate: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), // zero sends now
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sent.Group.GroupID, "accepted:", sent.Group.Count.RegisteredSuccess)
	for _, r := range sent.Failed {
		fmt.Println(r.Err(), errors.Is(r.Err(), coolsms.ErrSenderNotRegistered))
	}
	// Output:
	// G4V1 accepted: 1
	// coolsms: message refused with 1062: Sender number not registered (or not active/expired) true
}

// An AlimTalk names a template and fills in its variables. When Kakao cannot
// deliver it, the provider sends a text from From instead.
func ExampleKakaoOptions() {
	srv := provider(map[string]string{
		"POST /messages/v4/send": `{"groupId":"G4V1","messageId":"M4V1","statusCode":"2000","type":"ATA"}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	sent, err := c.Messages.Send(context.Background(), coolsms.SendParams{Message: coolsms.Message{
		To: "01012345678", From: "0215770000",
		KakaoOptions: &coolsms.KakaoOptions{
			PFID: "KA01PF1", TemplateID: "KA01TP1", Variables: map[string]string{"code": "482913"},
		},
	}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sent.Type)
	// Output: ATA
}

func ExampleGroupsService_Schedule() {
	srv := provider(map[string]string{
		"POST /messages/v4/groups/G4V1/schedule":   `{"groupId":"G4V1","status":"SCHEDULED","scheduledDate":"2026-06-01T00:00:00.000Z"}`,
		"DELETE /messages/v4/groups/G4V1/schedule": `{"groupId":"G4V1","status":"PENDING"}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	ctx := context.Background()
	group, err := c.Groups.Schedule(ctx, "G4V1", time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(group.Status, group.ScheduledDate)
	if group, err = c.Groups.CancelSchedule(ctx, "G4V1"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(group.Status)
	// Output:
	// SCHEDULED 2026-06-01 00:00:00 +0000 UTC
	// PENDING
}

func ExampleGroupsService_All() {
	srv := provider(map[string]string{
		"GET /messages/v4/groups": `{"nextKey":null,"groupList":{"G4V1":{"groupId":"G4V1","status":"FAILED"}}}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	failed := coolsms.ListGroupsParams{Filters: []coolsms.Filter{{Field: "status", Cond: coolsms.Eq, Value: "FAILED"}}}
	for g, err := range c.Groups.All(context.Background(), failed) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(g.GroupID, g.Status)
	}
	// Output: G4V1 FAILED
}

func ExamplePricingService_Messaging() {
	srv := provider(map[string]string{
		"GET /pricing/v1/messaging": `{"countryId":"82","countryName":"Korea, South","sms":20,"lms":50,"mms":200}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	prices, err := c.Pricing.Messaging(context.Background(), "82")
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range prices {
		if won, ok := p.Of(coolsms.SMS); ok {
			fmt.Println(p.CountryName, won, "won")
		}
	}
	// Output: Korea, South 20 won
}

func ExampleStatusCode_Info() {
	for _, code := range []coolsms.StatusCode{"1062", "3043", "3999"} {
		info := code.Info()
		fmt.Printf("%s %s, retry %s: %s\n%s\n", code, info.Class, info.Retry, info.English, info.Action.Korean())
	}
	// Output:
	// 1062 rejected, retry no: Sender number not registered (or not active/expired)
	// 문자 서비스 콘솔에서 발신번호를 등록하거나 갱신하세요.
	// 3043 undelivered, retry yes: Handset switched off
	// 잠시 뒤에 다시 시도하세요.
	// 3999 undelivered, retry unsure: unknown status code 3999
	// 문자 서비스 고객센터에 문의하세요.
}

func ExampleErrorCode_Info() {
	info := coolsms.RequestTimeTooSkewed.Info()
	fmt.Println(info.Status, info.English)
	fmt.Println(info.Action.English())
	// Output:
	// 403 The date is more than 15 minutes from server time
	// Set this machine's clock.
}

func ExampleFilesService_Upload() {
	srv := provider(map[string]string{"POST /storage/v1/files": `{"fileId":"ST01F1","type":"MMS"}`})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	file, err := c.Files.Upload(context.Background(), coolsms.UploadFileParams{Data: []byte("a JPEG"), Type: coolsms.FileMMS})
	if err != nil {
		log.Fatal(err)
	}
	m := coolsms.Message{To: "01012345678", From: "0215770000", Text: "약도", Type: coolsms.MMS, ImageID: file.FileID}
	fmt.Println(m, m.ImageID)
	// Output: coolsms.Message(MMS to 010****5678) ST01F1
}

func ExampleMessagesService_Statistics() {
	srv := provider(map[string]string{
		"GET /messages/v4/statistics": `{"total":{"total":3,"sms":3},"successed":{"total":2,"sms":2},"failed":{"total":1,"sms":1},"point":60}`,
	})
	defer srv.Close()

	c := coolsms.New("NCSTESTKEY000001", "secret", coolsms.WithBaseURL(srv.URL))
	s, err := c.Messages.Statistics(context.Background(), coolsms.StatisticsParams{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Total.Total, "texts,", s.Succeeded.Types[coolsms.SMS], "delivered,", s.Point, "won")
	// Output: 3 texts, 2 delivered, 60 won
}

// The provider's reports are taken by a handler, which answers 200 when the
// function has returned nil. Reports repeat: their Key tells which was seen.
func ExampleWebhookHandler() {
	reports := coolsms.WebhookHandler("a long secret", func(_ context.Context, d *coolsms.WebhookDelivery) error {
		for _, item := range d.Items {
			if r := item.Report; r != nil {
				fmt.Println(item.Key(), r.StatusCode.Class())
			}
		}
		return nil
	})
	mux := http.NewServeMux()
	mux.Handle("/hooks/sms", reports)

	r := httptest.NewRequest(http.MethodPost, "/hooks/sms", strings.NewReader(`[{"messageId":"M4V1","statusCode":"4000"}]`))
	r.Header.Set("X-Solapi-Event-Name", coolsms.EventSingleReport)
	r.Header.Set("X-Solapi-Secret", coolsms.SecretHash("a long secret"))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// M4V1 4000 delivered
	// 200
}
