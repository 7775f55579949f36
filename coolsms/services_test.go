package coolsms_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
)

// exceptRaw compares what was read, without the raw forms.
var exceptRaw = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Raw" }, cmp.Ignore())

var (
	made    = time.Date(2026, 5, 4, 1, 2, 3, 100_000_000, time.UTC)
	made1   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	changed = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	begin   = time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	finish  = begin.AddDate(0, 0, 1)
)

const (
	stamps   = `"dateCreated":"2026-05-04T01:02:03.100Z","dateUpdated":"2026-05-04T01:02:03.100Z"`
	senders  = `{"accountId":"1","limit":2,"senderIds":[{"phoneNumber":"0215770000","status":"PENDING"}]}`
	channel  = `{"channelId":"KA01PF1","searchId":"@example","accountId":"1","sharedAccountIds":["2"],` + stamps + `}`
	template = `{"templateId":"KA01TP1","name":"code","status":"PENDING","securityFlag":0,"variables":[{"name":"#{code}"}],"comments":[{"isAdmin":true,"content":null}]}`
	webhook  = `{"webhookId":"WH1","status":"INACTIVE","failCount":5,"secret":null}`
)

func named[T any](v *T, err error) (any, error) {
	if v == nil {
		return nil, err
	}
	return *v, err
}

func empty(err error) (any, error) { return struct{}{}, err }

// TestServices has a row for every call that is one request and one answer, of
// the services whose calls are no sends.
func TestServices(t *testing.T) {
	t.Parallel()
	aFile := coolsms.File{
		FileID: "ST01FZ260504010203100aBcDeFgHiJk", Type: coolsms.FileMMS, Name: "photo.jpg", OriginalName: "photo.jpg",
		URL: "https://storage.example/ST01FZ260504010203100aBcDeFgHiJk", AccountID: "26010100000001", FileSize: 15320, Width: 640, Height: 480,
		DateCreated: made, DateUpdated: made,
	}
	aSenders := coolsms.SenderNumbersPage{AccountID: "1", Limit: 2, Numbers: []coolsms.SenderNumber{{PhoneNumber: "0215770000", Status: coolsms.SenderPending}}}
	aChannel := coolsms.KakaoChannel{ChannelID: "KA01PF1", SearchID: "@example", AccountID: "1", SharedAccountIDs: []string{"2"}, DateCreated: made, DateUpdated: made}
	aTemplate := coolsms.KakaoTemplate{
		TemplateID: "KA01TP1", Name: "code", Status: coolsms.TemplatePending, Variables: []string{"#{code}"}, Comments: []coolsms.KakaoComment{{IsAdmin: true}},
	}
	page := func(items string) string { return `{"limit":20,"startKey":null,"nextKey":"N","` + items + `}` }

	for name, tt := range map[string]struct {
		request string // method, path and query
		body    string // "" for none
		answer  string
		call    func(context.Context, *coolsms.Client) (any, error)
		want    any
	}{
		"upload a file": {
			"POST /storage/v1/files", string(clienttest.File(t, "storage-upload.request.json")), string(clienttest.File(t, "storage-upload.response.json")),
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.Files.Upload(ctx, coolsms.UploadFileParams{
					Data: []byte{0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 'J', 'F', 'I', 'F', 0, 1, 1}, Name: "photo.jpg", Type: coolsms.FileMMS,
				}))
			}, aFile,
		},
		"get a file": {
			"GET /storage/v1/files/ST01", "", string(clienttest.File(t, "storage-upload.response.json")),
			func(ctx context.Context, c *coolsms.Client) (any, error) { return named(c.Files.Get(ctx, "ST01")) }, aFile,
		},
		"list files": {
			"GET /storage/v1/files?limit=20&startKey=S", "", page(`fileList":[` + string(clienttest.File(t, "storage-upload.response.json")) + `]`),
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.Files.List(ctx, coolsms.PageParams{Limit: 20, StartKey: "S"}))
			}, coolsms.Page[coolsms.File]{Items: []*coolsms.File{&aFile}, Limit: 20, NextKey: "N"},
		},
		"delete a file": {
			"DELETE /storage/v1/files/ST01", "", `{"fileId":"ST01"}`,
			func(ctx context.Context, c *coolsms.Client) (any, error) { return empty(c.Files.Delete(ctx, "ST01")) }, struct{}{},
		},
		"register a sender": {
			"POST /senderid/v1/numbers", `{"phoneNumber":"0215770000","documentList":{"certificateDocument":["ST01"]}}`, senders,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.SenderNumbers.Register(ctx, coolsms.RegisterSenderParams{
					PhoneNumber: "0215770000", DocumentList: &coolsms.SenderDocuments{CertificateDocument: []string{"ST01"}},
				}))
			}, aSenders,
		},
		"let a sender's phone ring": {
			"PUT /senderid/v1/numbers/0215770000/authenticate", "{}", `{"mfa":{"transactionId":"T1"}}`,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.SenderNumbers.Authenticate(ctx, "0215770000", coolsms.SenderFactor{}))
			}, coolsms.SenderAuthentication{TransactionID: "T1"},
		},
		"prove a sender": {
			"PUT /senderid/v1/numbers/0215770000/authenticate", "{}", senders,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.SenderNumbers.Authenticate(ctx, "0215770000", coolsms.SenderFactor{TransactionID: "T1", Token: "0000"}))
			}, coolsms.SenderAuthentication{Numbers: aSenders.Numbers},
		},
		"set a sender's status": {
			"PUT /senderid/v1/numbers/0215770000", `{"status":"INACTIVE"}`, `{"phoneNumber":"0215770000","status":"INACTIVE"}`,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.SenderNumbers.SetStatus(ctx, "0215770000", coolsms.SenderInactive))
			}, coolsms.SenderNumbersPage{Numbers: []coolsms.SenderNumber{{PhoneNumber: "0215770000", Status: coolsms.SenderInactive}}},
		},
		"delete a sender": {
			"DELETE /senderid/v1/numbers/0215770000", "", `{"senderIds":[]}`,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.SenderNumbers.Delete(ctx, "0215770000"))
			}, coolsms.SenderNumbersPage{Numbers: []coolsms.SenderNumber{}},
		},
		"webhook events": {
			"GET /webhook/v1/events?limit=5", "", page(`eventList":[{"eventId":"WH01ET1","name":"MessageReport"}]`),
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.Webhooks.Events(ctx, coolsms.PageParams{Limit: 5}))
			}, coolsms.Page[coolsms.WebhookEvent]{Items: []*coolsms.WebhookEvent{{EventID: "WH01ET1", Name: "MessageReport"}}, Limit: 20, NextKey: "N"},
		},
		"list webhooks": {
			"GET /webhook/v1/outgoing?eventId=SINGLE-REPORT&status=ACTIVE&url=https%3A%2F%2Fverify.example", "", page(`webhookList":[` + webhook + `]`),
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.Webhooks.List(ctx, coolsms.ListWebhooksParams{EventID: "SINGLE-REPORT", Status: "ACTIVE", URL: "https://verify.example"}))
			}, coolsms.Page[coolsms.Webhook]{Items: []*coolsms.Webhook{{WebhookID: "WH1", Status: "INACTIVE", FailCount: 5}}, Limit: 20, NextKey: "N"},
		},
		"create a webhook": {
			"POST /webhook/v1/outgoing", string(clienttest.File(t, "webhook-create.request.json")), string(clienttest.File(t, "webhook-create.response.json")),
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.Webhooks.Create(ctx, coolsms.WebhookParams{
					EventID: coolsms.EventSingleReport, URL: "https://verify.example/hooks/sms", Secret: "change-me", Name: "example",
				}))
			}, coolsms.Webhook{
				WebhookID: "WH01WH260504010203100aBcDeFgHiJk", AccountID: "26010100000001", EventID: "SINGLE-REPORT", URL: "https://verify.example/hooks/sms",
				SecretHash: coolsms.SecretHash("change-me"), Status: "ACTIVE", DateCreated: made, DateUpdated: made,
			},
		},
		"update a webhook": {
			"PUT /webhook/v1/outgoing/WH1", `{"status":"ACTIVE"}`, webhook,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.Webhooks.Update(ctx, "WH1", coolsms.WebhookParams{Status: "ACTIVE"}))
			}, coolsms.Webhook{WebhookID: "WH1", Status: "INACTIVE", FailCount: 5},
		},
		"delete a webhook": {
			"DELETE /webhook/v1/outgoing/WH1", "", webhook,
			func(ctx context.Context, c *coolsms.Client) (any, error) { return empty(c.Webhooks.Delete(ctx, "WH1")) }, struct{}{},
		},
		"test a webhook": {
			"POST /webhook/v1/outgoing-test", `{"url":"https://verify.example","secret":"change-me"}`, `{"message":"Success"}`,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return empty(c.Webhooks.Test(ctx, "https://verify.example", "change-me"))
			}, struct{}{},
		},
		"the quota": {
			"GET /quota/v1/me", "", `{"quota":500,"accountId":"1","min":10,"max":1000,"autoAdjustment":1,"overseasQuota":20}`,
			func(ctx context.Context, c *coolsms.Client) (any, error) { return named(c.Account.Quota(ctx)) },
			coolsms.Quota{AccountID: "1", Quota: 500, Min: 10, Max: 1000, OverseasQuota: 20, AutoAdjustment: true},
		},
		"ask for more quota": {
			"POST /quota/v1/me/system", `{"quota":10000,"fileIds":[],"reasonRequested":"growth"}`, `{"status":"PENDING","handleKey":"QT01","requestedQuota":10000,` + stamps + `}`,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.Account.RequestQuota(ctx, coolsms.QuotaRequestParams{Quota: 10000, Reason: "growth"}))
			}, coolsms.QuotaRequest{HandleKey: "QT01", Status: "PENDING", RequestedQuota: 10000, DateCreated: made},
		},
		"the member": {
			"GET /users/v1/member", "", `{"memberId":"MEM1","accountId":"1","role":"OWNER","status":7}`,
			func(ctx context.Context, c *coolsms.Client) (any, error) { return named(c.Account.Member(ctx)) },
			coolsms.Member{MemberID: "MEM1", AccountID: "1", Role: "OWNER"},
		},
		"who opted out": {
			"GET /iam/v1/black?dateCreated%5Bgte%5D=2026-05-04T00%3A00%3A00.000Z&dateCreated%5Blte%5D=2026-05-05T00%3A00%3A00.000Z&senderNumber=0215770000&type=DENIAL", "",
			page(`blackList":[{"handleKey":"H","type":"DENIAL","senderNumber":"0215770000","recipientNumber":"01000000001",` + stamps + `}]`),
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.Blocks.Blacks(ctx, coolsms.ListBlacksParams{SenderNumber: "0215770000", Start: begin, End: finish}))
			}, coolsms.Page[coolsms.Black]{Items: []*coolsms.Black{{
				HandleKey: "H", Type: "DENIAL", SenderNumber: "0215770000", RecipientNumber: "01000000001", DateCreated: made, DateUpdated: made,
			}}, Limit: 20, NextKey: "N"},
		},
		"block groups": {
			"GET /iam/v1/block/groups?blockGroupId=B&name%5Blike%5D=vip&senderNumber=0215770000&status=ACTIVE&useAll=true", "",
			page(`blockGroups":[{"blockGroupId":"B","accountId":"1","status":"ACTIVE","name":null,"useAll":true,"senderNumbers":["0215770000"]}]`),
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.Blocks.Groups(ctx, coolsms.ListBlockGroupsParams{
					BlockGroupID: "B", SenderNumber: "0215770000", Name: "vip", Status: "ACTIVE", UseAll: coolsms.Bool(true),
				}))
			}, coolsms.Page[coolsms.BlockGroup]{Items: []*coolsms.BlockGroup{{
				BlockGroupID: "B", AccountID: "1", Status: "ACTIVE", UseAll: true, SenderNumbers: []string{"0215770000"},
			}}, Limit: 20, NextKey: "N"},
		},
		"block numbers": {
			"GET /iam/v1/block/numbers?blockGroupId=B&blockNumberId=N&memo%5Blike%5D=m&phoneNumber=01000000001", "",
			page(`blockNumbers":[{"blockNumberId":"N","accountId":"1","memo":"m","phoneNumber":"01000000001","blockGroupIds":["B"]}]`),
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.Blocks.Numbers(ctx, coolsms.ListBlockNumbersParams{BlockNumberID: "N", PhoneNumber: "01000000001", BlockGroupID: "B", Memo: "m"}))
			}, coolsms.Page[coolsms.BlockNumber]{Items: []*coolsms.BlockNumber{{
				BlockNumberID: "N", AccountID: "1", Memo: "m", PhoneNumber: "01000000001", BlockGroupIDs: []string{"B"},
			}}, Limit: 20, NextKey: "N"},
		},
		"list channels": {
			"GET /kakao/v2/channels?categoryCode=C&channelId=K&isMine=true&phoneNumber=01000000001&searchId=%40example", "", page(`channelList":[` + channel + `]`),
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoChannels.List(ctx, coolsms.ListKakaoChannelsParams{
					ChannelID: "K", SearchID: "@example", PhoneNumber: "01000000001", CategoryCode: "C", IsMine: coolsms.Bool(true),
				}))
			}, coolsms.Page[coolsms.KakaoChannel]{Items: []*coolsms.KakaoChannel{&aChannel}, Limit: 20, NextKey: "N"},
		},
		"get a channel": {
			"GET /kakao/v2/channels/KA01PF1", "", channel,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoChannels.Get(ctx, "KA01PF1"))
			}, aChannel,
		},
		"channel categories": {
			"GET /kakao/v2/channels/categories", "", `[{"code":"001","name":"건강"}]`,
			func(ctx context.Context, c *coolsms.Client) (any, error) { return c.KakaoChannels.Categories(ctx) },
			[]coolsms.KakaoCategory{{Code: "001", Name: "건강"}},
		},
		"ask for a channel's token": {
			"POST /kakao/v2/channels/token", `{"searchId":"@example","phoneNumber":"01000000001"}`, `{"success":true}`,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return empty(c.KakaoChannels.RequestToken(ctx, "@example", "01000000001"))
			}, struct{}{},
		},
		"join a channel": {
			"POST /kakao/v2/channels", `{"searchId":"@example","phoneNumber":"01000000001","categoryCode":"001","token":"1234"}`, channel,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoChannels.Create(ctx, coolsms.CreateKakaoChannelParams{
					SearchID: "@example", PhoneNumber: "01000000001", CategoryCode: "001", Token: "1234",
				}))
			}, aChannel,
		},
		"leave a channel": {
			"DELETE /kakao/v2/channels/KA01PF1", "", channel,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return empty(c.KakaoChannels.Delete(ctx, "KA01PF1"))
			}, struct{}{},
		},
		"list templates": {
			"GET /kakao/v2/templates?channelId=K&isHidden=false&name%5Blike%5D=code&status=APPROVED&templateId=T", "", string(clienttest.File(t, "kakao-templates-list.response.json")),
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoTemplates.List(ctx, coolsms.ListKakaoTemplatesParams{
					TemplateID: "T", ChannelID: "K", Name: "code", Status: coolsms.TemplateApproved, IsHidden: coolsms.Bool(false),
				}))
			}, coolsms.Page[coolsms.KakaoTemplate]{Items: []*coolsms.KakaoTemplate{{
				TemplateID: "KA01TP260101000000000aBcDeFgHiJk", ChannelID: "KA01PF260101000000000aBcDeFgHiJk", Name: "code", Content: "#{code} 인증번호",
				Status: coolsms.TemplateApproved, MessageType: "BA", EmphasizeType: "NONE", AssignType: "CHANNEL", Buttons: []coolsms.KakaoButton{},
				QuickReplies: json.RawMessage("[]"), Comments: []coolsms.KakaoComment{}, Variables: []string{"#{code}"}, DateCreated: made1, DateUpdated: changed,
			}}, Limit: 20},
		},
		"template categories": {
			"GET /kakao/v2/templates/categories", "", `[]`,
			func(ctx context.Context, c *coolsms.Client) (any, error) { return c.KakaoTemplates.Categories(ctx) }, []coolsms.KakaoCategory{},
		},
		"get a template": {
			"GET /kakao/v2/templates/KA01TP1", "", template,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoTemplates.Get(ctx, "KA01TP1"))
			}, aTemplate,
		},
		"create a template": {
			"POST /kakao/v2/templates", `{"channelId":"KA01PF1","name":"code","content":"#{code} 인증번호","categoryCode":"001","securityFlag":true}`, template,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoTemplates.Create(ctx, coolsms.KakaoTemplateParams{
					ChannelID: "KA01PF1", Name: "code", Content: "#{code} 인증번호", CategoryCode: "001", SecurityFlag: coolsms.Bool(true),
				}))
			}, aTemplate,
		},
		"update a template": {
			"PUT /kakao/v2/templates/KA01TP1", `{"content":"#{code}"}`, template,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoTemplates.Update(ctx, "KA01TP1", coolsms.KakaoTemplateParams{Content: "#{code}"}))
			}, aTemplate,
		},
		"rename a template": {
			"PUT /kakao/v2/templates/KA01TP1/name", `{"name":"new"}`, template,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoTemplates.Rename(ctx, "KA01TP1", "new"))
			}, aTemplate,
		},
		"inspect a template": {
			"PUT /kakao/v2/templates/KA01TP1/inspection", "", template,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoTemplates.Inspect(ctx, "KA01TP1"))
			}, aTemplate,
		},
		"cancel an inspection": {
			"PUT /kakao/v2/templates/KA01TP1/inspection/cancel", "", template,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoTemplates.CancelInspection(ctx, "KA01TP1"))
			}, aTemplate,
		},
		"wake a template": {
			"POST /kakao/v2/templates/KA01TP1/relese-dormant", "", template,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return named(c.KakaoTemplates.ReleaseDormant(ctx, "KA01TP1"))
			}, aTemplate,
		},
		"delete a template": {
			"DELETE /kakao/v2/templates/KA01TP1", "", template,
			func(ctx context.Context, c *coolsms.Client) (any, error) {
				return empty(c.KakaoTemplates.Delete(ctx, "KA01TP1"))
			}, struct{}{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if got := r.Method + " " + r.URL.RequestURI(); got != tt.request || err != nil || !sameJSON(body, tt.body) {
					t.Errorf("got %s with %s (%v)\nwant %s with %s", got, body, err, tt.request, tt.body)
				}
				_, _ = io.WriteString(w, tt.answer)
			})
			got, err := tt.call(t.Context(), c)
			if diff := cmp.Diff(tt.want, got, exceptRaw); err != nil || diff != "" {
				t.Error(err, diff)
			}

			// What is no answer at all is an error that says what arrived.
			broken, mux := setup(t)
			mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, "<html>")
			})
			if _, err := tt.call(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "200 text/html, 6 bytes") || strings.Contains(err.Error(), "0215770000") {
				t.Errorf("of garbage: %v", err)
			}
		})
	}
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	for _, path := range []string{"/messages/v4/statistics", "/messages/v4/statistics/daily"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery != "endDate=2026-05-05T00%3A00%3A00.000Z&masterAccountId=9&startDate=2026-05-04T00%3A00%3A00.000Z" {
				t.Errorf("the query is %s", r.URL.RawQuery)
			}
			_, _ = w.Write(clienttest.File(t, "statistics.response.json"))
		})
	}
	p := coolsms.StatisticsParams{Start: begin, End: finish, MasterAccountID: "9"}
	for name, call := range map[string]func(context.Context, coolsms.StatisticsParams) (*coolsms.Statistics, error){
		"monthly": c.Messages.Statistics, "daily": c.Messages.DailyStatistics,
	} {
		got, err := call(t.Context(), p)
		if err != nil {
			t.Fatal(name, err)
		}
		day := got.Days[0]
		if got.Point != 60 || got.Refund.Point != 20 || got.Total.Total != 3 || got.Succeeded.Types[coolsms.SMS] != 2 || got.Failed.Total != 1 ||
			got.MonthlyPointAvg != 60 || got.DailyPointAvg != 60 || len(got.Months) != 1 || got.Months[0].Month != "2026/05" || len(got.Months[0].Days) != 1 ||
			day.Date != "2026/05/04" || day.StatusCodes["3032"].Types[coolsms.SMS] != 1 || day.Total.Types["RCS_TPL"] != 0 || len(got.Raw) == 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestServices_WalkEveryPage walks each list over two pages.
func TestServices_WalkEveryPage(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		path, list, id string
		walk           func(context.Context, *coolsms.Client) ([]string, error)
	}{
		"files": {"/storage/v1/files", "fileList", "fileId", func(ctx context.Context, c *coolsms.Client) (ids []string, err error) {
			for f, err := range c.Files.All(ctx) {
				if err != nil {
					return nil, err
				}
				ids = append(ids, f.FileID)
			}
			return ids, nil
		}},
		"webhooks": {"/webhook/v1/outgoing", "webhookList", "webhookId", func(ctx context.Context, c *coolsms.Client) (ids []string, err error) {
			for w, err := range c.Webhooks.All(ctx, coolsms.ListWebhooksParams{}) {
				if err != nil {
					return nil, err
				}
				ids = append(ids, w.WebhookID)
			}
			return ids, nil
		}},
		"channels": {"/kakao/v2/channels", "channelList", "channelId", func(ctx context.Context, c *coolsms.Client) (ids []string, err error) {
			for k, err := range c.KakaoChannels.All(ctx, coolsms.ListKakaoChannelsParams{}) {
				if err != nil {
					return nil, err
				}
				ids = append(ids, k.ChannelID)
			}
			return ids, nil
		}},
		"templates": {"/kakao/v2/templates", "templateList", "templateId", func(ctx context.Context, c *coolsms.Client) (ids []string, err error) {
			for k, err := range c.KakaoTemplates.All(ctx, coolsms.ListKakaoTemplatesParams{}) {
				if err != nil {
					return nil, err
				}
				ids = append(ids, k.TemplateID)
			}
			return ids, nil
		}},
		"blacks": {"/iam/v1/black", "blackList", "handleKey", func(ctx context.Context, c *coolsms.Client) (ids []string, err error) {
			for b, err := range c.Blocks.AllBlacks(ctx, coolsms.ListBlacksParams{}) {
				if err != nil {
					return nil, err
				}
				ids = append(ids, b.HandleKey)
			}
			return ids, nil
		}},
		"block groups": {"/iam/v1/block/groups", "blockGroups", "blockGroupId", func(ctx context.Context, c *coolsms.Client) (ids []string, err error) {
			for b, err := range c.Blocks.AllGroups(ctx, coolsms.ListBlockGroupsParams{}) {
				if err != nil {
					return nil, err
				}
				ids = append(ids, b.BlockGroupID)
			}
			return ids, nil
		}},
		"block numbers": {"/iam/v1/block/numbers", "blockNumbers", "blockNumberId", func(ctx context.Context, c *coolsms.Client) (ids []string, err error) {
			for b, err := range c.Blocks.AllNumbers(ctx, coolsms.ListBlockNumbersParams{}) {
				if err != nil {
					return nil, err
				}
				ids = append(ids, b.BlockNumberID)
			}
			return ids, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			mux.HandleFunc("GET "+tt.path, func(w http.ResponseWriter, r *http.Request) {
				answer := `{"limit":2,"nextKey":"X3","` + tt.list + `":[{"` + tt.id + `":"X1"},{"` + tt.id + `":"X2"}]}`
				if r.URL.Query().Get("startKey") == "X3" {
					answer = `{"limit":2,"nextKey":null,"` + tt.list + `":[{"` + tt.id + `":"X3"}]}`
				}
				_, _ = io.WriteString(w, answer)
			})
			got, err := tt.walk(t.Context(), c)
			if diff := cmp.Diff([]string{"X1", "X2", "X3"}, got); err != nil || diff != "" {
				t.Error(err, diff)
			}
			refused, mux := setup(t)
			mux.HandleFunc("GET "+tt.path, clienttest.Handler(500, ""))
			if _, err := tt.walk(t.Context(), refused); err == nil {
				t.Error("the refusal was lost")
			}
		})
	}
}

// TestServices_RefuseAnIDThatNamesAll makes no call at all.
func TestServices_RefuseAnIDThatNamesAll(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s was called", r.Method, r.URL.Path) })
	ctx := t.Context()
	for _, id := range []string{"", ".", ".."} {
		for i, err := range []error{
			second(c.Files.Get(ctx, id)), c.Files.Delete(ctx, id),
			second(c.Webhooks.Update(ctx, id, coolsms.WebhookParams{})), c.Webhooks.Delete(ctx, id),
			second(c.KakaoChannels.Get(ctx, id)), c.KakaoChannels.Delete(ctx, id),
			second(c.KakaoTemplates.Get(ctx, id)), c.KakaoTemplates.Delete(ctx, id),
			second(c.SenderNumbers.Authenticate(ctx, id, coolsms.SenderFactor{})), second(c.SenderNumbers.SetStatus(ctx, id, coolsms.SenderActive)), second(c.SenderNumbers.Delete(ctx, id)),
			second(c.Groups.Schedule(ctx, id, begin)), second(c.Groups.CancelSchedule(ctx, id)), second(c.Groups.Resend(ctx, id)),
		} {
			if err == nil || coolsms.IsAmbiguous(err) {
				t.Errorf("id %q, call %d: %v", id, i, err)
			}
		}
	}
	if _, err := c.SenderNumbers.Delete(ctx, "02-1577-0000"); err == nil || strings.Contains(err.Error(), "1577") {
		t.Errorf("a number with hyphens: %v", err)
	}
}

// TestErrors_LeaveTheSenderNumberOut of paths that hold it.
func TestErrors_LeaveTheSenderNumberOut(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("/", clienttest.Handler(403, `{"errorCode":"Forbidden","errorMessage":"x"}`))
	_, err := c.SenderNumbers.Authenticate(t.Context(), "0215770000", coolsms.SenderFactor{})
	if err == nil || strings.Contains(err.Error(), "0215770000") || !strings.Contains(err.Error(), "/senderid/v1/numbers/{number}/authenticate") {
		t.Errorf("got %v", err)
	}
}

// TestSenderNumbers_AuthenticateInTwoSteps looks at the header that carries the
// second factor, and takes the transaction from an answer of either status.
func TestSenderNumbers_AuthenticateInTwoSteps(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400} {
		c, mux := setup(t)
		mux.HandleFunc("PUT /senderid/v1/numbers/0215770000/authenticate", func(w http.ResponseWriter, r *http.Request) {
			switch got := []byte(r.Header.Get("X-Mfa-Data")); {
			case sameJSON(got, `{"authType":"ARS","extras":{"phoneNumber":"0215770000"}}`):
				w.WriteHeader(status)
				_, _ = io.WriteString(w, `{"mfa":{"transactionId":"T1"}}`)
			case sameJSON(got, `{"authType":"ARS","extras":{"phoneNumber":"0215770000"},"transactionId":"T1","token":"0000"}`):
				_, _ = io.WriteString(w, senders)
			default:
				t.Errorf("the header is %s", got)
			}
		})
		rings, err := c.SenderNumbers.Authenticate(t.Context(), "0215770000", coolsms.SenderFactor{})
		if err != nil || rings.TransactionID != "T1" || rings.Numbers != nil {
			t.Fatalf("%d: %+v, %v", status, rings, err)
		}
		done, err := c.SenderNumbers.Authenticate(t.Context(), "0215770000", coolsms.SenderFactor{TransactionID: "T1", Token: "0000"})
		if err != nil || done.TransactionID != "" || len(done.Numbers) != 1 {
			t.Errorf("%d: %+v, %v", status, done, err)
		}
	}
}
