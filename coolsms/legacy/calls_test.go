package legacy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
	"github.com/sinpyo/sinpyo/coolsms/legacy"
)

const counted = `{"success_count":"2","error_count":1,"error_list":{"1":"62"}}`

var seoulTime = time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC) // 10:02:03 in Seoul

// everything is a message with every field set.
var everything = legacy.Message{
	To: []string{"01000000001", "01000000002"}, From: "0215770000", Text: "본문", Type: legacy.ATA, Subject: "제목", Country: "82", At: seoulTime,
	ImageID: "IMG1", RefName: "r1",
	Kakao: &legacy.Kakao{SenderKey: "k", TemplateCode: "t", ButtonName: "b", ButtonURL: "https://example.com", ForceSMS: true, OnlyATA: true},
}

func everyParam() url.Values {
	return url.Values{
		"to": {"01000000001,01000000002"}, "from": {"0215770000"}, "text": {"본문"}, "type": {"ATA"}, "subject": {"제목"}, "country": {"82"},
		"datetime": {"20260504100203"}, "image_id": {"IMG1"}, "refname": {"r1"}, "sender_key": {"k"}, "template_code": {"t"},
		"button_name": {"b"}, "button_url": {"https://example.com"}, "force_sms": {"true"}, "only_ata": {"true"},
	}
}

func with(p url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		p.Set(pairs[i], pairs[i+1])
	}
	return p
}

func ok[T any](v T) *T { return &v }

// TestCalls makes every call and compares what arrives at the provider with
// what the documents ask for, and what is returned with what was answered.
func TestCalls(t *testing.T) {
	t.Parallel()
	counters := &legacy.Counters{Success: 2, Failed: 1, Errors: []legacy.ItemError{{Index: 1, Code: "62"}}}
	options := legacy.GroupOptions{Charset: legacy.UTF8, Mode: "test", SRK: "s", SiteUser: "u"}
	optionParams := []string{"charset", "utf8", "mode", "test", "srk", "s", "site_user", "u", "os_platform", "linux", "dev_lang", "go", "sdk_version", "1", "app_version", "2"}
	agent := legacy.WithAgent(legacy.Agent{OSPlatform: "linux", DevLang: "go", SDKVersion: "1", AppVersion: "2"})
	sent := legacy.SentParams{
		MessageID: "M1", GroupID: "G1", To: "01000000001", Start: seoulTime, End: seoulTime.Add(time.Hour), Status: legacy.SentReported,
		ResultCode: "00", NotResultCode: "99", Offset: 40, Limit: 7,
	}
	for _, tt := range []struct {
		name    string
		pattern string
		params  url.Values
		answer  string
		call    func(context.Context, *legacy.Client) (any, error)
		want    any
	}{
		{
			"send", "POST /sms/2/send", with(everyParam(), optionParams...), `{"group_id":"G1","success_count":1,"error_count":1,"result_code":"10","result_message":"x","error_list":[[1,"10"]]}`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.Messages.Send(ctx, legacy.SendParams{Message: everything, GroupOptions: options})
			},
			&legacy.SendResult{GroupID: "G1", Success: 1, Failed: 1, ResultCode: "10", ResultMessage: "x", Errors: []legacy.ItemError{{Index: 1, Code: "10"}}},
		}, {
			"send of v1", "POST /sms/1.5/send", with(url.Values{"to": {"01000000000"}, "text": {"a"}, "delay": {"3"}, "extension": {`[{"text":"b","to":"01000000001"},{}]`}}, optionParams...),
			`{"group_id":"G1","success_count":1,"error_count":0,"result_code":"60","result_message":"x"}`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.V1.Send(ctx, legacy.V1SendParams{
					SendParams: legacy.SendParams{Message: legacy.Message{To: []string{"01000000000"}, Text: "a"}, GroupOptions: options},
					Extension:  []legacy.Message{{To: []string{"01000000001"}, Text: "b"}, {}}, Delay: 3,
				})
			},
			&legacy.SendResult{GroupID: "G1", Success: 1, ResultCode: "60", ResultMessage: "x"},
		}, {
			"sent", "GET /sms/2/sent", url.Values{
				"message_id": {"M1"}, "group_id": {"G1"}, "rcpt": {"01000000001"}, "start": {"2026-05-04 10:02:03"}, "end": {"2026-05-04 11:02:03"},
				"status": {"2"}, "resultcode": {"00"}, "notin_resultcode": {"99"}, "offset": {"40"}, "limit": {"7"},
			}, string(clienttest.File(t, "legacy-sent.response.json")),
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.Messages.Sent(ctx, sent) },
			&legacy.SentPage{Total: 1, Count: 1, Page: 1, Messages: []*legacy.SentMessage{{
				MessageID: messageID, GroupID: groupID, Type: legacy.SMS, To: "01000000001", Text: "[예시] 인증번호 482913", Status: legacy.SentReported,
				ResultCode: "00", ResultMessage: "정상", Carrier: "SKT", Accepted: seoulTime, Sent: ok(seoulTime.Truncate(time.Minute)),
			}}},
		}, {
			"sent of v1", "GET /sms/1.5/sent", url.Values{"mid": {"M1"}, "gid": {"G1"}, "rcpt": {"01000000001"}, "start": {"2026-05-04 10:02:03"}, "page": {"2"}, "count": {"5"}},
			`{"total_count":0,"list_count":0,"page":2,"data":[]}`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.V1.Sent(ctx, legacy.V1SentParams{MessageID: "M1", GroupID: "G1", To: "01000000001", Start: seoulTime, Page: 2, Count: 5})
			},
			&legacy.SentPage{Page: 2, Messages: []*legacy.SentMessage{}},
		}, {
			"cancel", "POST /sms/2/cancel", url.Values{"group_id": {"G1"}}, `{}`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.Messages.Cancel(ctx, legacy.CancelParams{GroupID: "G1"})
			},
			&legacy.Counters{},
		}, {
			"cancel with counters", "POST /sms/2/cancel", url.Values{"message_id": {"M1"}}, counted,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.Messages.Cancel(ctx, legacy.CancelParams{MessageID: "M1"})
			}, counters,
		}, {
			"cancel of v1", "POST /sms/1.5/cancel", url.Values{"mid": {"M1"}, "gid": {"G1"}}, ``,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.V1.Cancel(ctx, legacy.CancelParams{MessageID: "M1", GroupID: "G1"})
			},
			&legacy.Counters{},
		}, {
			"cancel with nothing to say", "POST /sms/2/cancel", url.Values{"group_id": {"G1"}}, "null\n",
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.Messages.Cancel(ctx, legacy.CancelParams{GroupID: "G1"})
			},
			&legacy.Counters{},
		}, {
			"cancel with an error alone", "POST /sms/2/cancel", url.Values{"group_id": {"G1"}}, `{"error_count":1}`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.Messages.Cancel(ctx, legacy.CancelParams{GroupID: "G1"})
			},
			&legacy.Counters{Failed: 1},
		}, {
			"balance", "GET /sms/2/balance", nil, string(clienttest.File(t, "legacy-balance.response.json")),
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.Cash.Balance(ctx) },
			&legacy.Balance{Cash: 9580, Point: 60},
		}, {
			"balance of v1", "GET /sms/1.5/balance", nil, `{"cash":7.5,"point":""}`,
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.V1.Balance(ctx) },
			&legacy.Balance{Cash: 7.5},
		}, {
			"status", "GET /sms/2/status", url.Values{"count": {"2"}, "unit": {"hour"}, "date": {"20260504100203"}, "channel": {"2"}},
			`[{"registdate":"2026-05-04 10:00:00","sms_average":"3","sms_sk_average":"2.5","sms_kt_average":4,"sms_lg_average":"1","mms_average":"9","mms_lg_average":"7"}]`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.Messages.Status(ctx, legacy.StatusParams{Count: 2, Unit: "hour", Date: "20260504100203", Channel: 2})
			},
			[]legacy.Delay{{
				Registered: "2026-05-04 10:00:00", SMS: legacy.CarrierDelays{All: 3 * time.Second, SK: 2500 * time.Millisecond, KT: 4 * time.Second, LG: time.Second},
				MMS: legacy.CarrierDelays{All: 9 * time.Second, LG: 7 * time.Second},
			}},
		}, {
			"status of v1", "GET /sms/1.5/status", nil, `[]`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.V1.Status(ctx, legacy.StatusParams{})
			},
			[]legacy.Delay{},
		}, {
			"new group", "GET /sms/2/new_group", with(url.Values{}, optionParams...), `{"group_id":"G1"}`,
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.Groups.Create(ctx, options) }, "G1",
		}, {
			"groups", "GET /sms/2/group_list", nil, `["G1",6650]`,
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.Groups.List(ctx) }, []string{"G1", "6650"},
		}, {
			"delete groups", "POST /sms/2/delete_groups", url.Values{"group_ids": {"G1,G2"}}, counted,
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.Groups.Delete(ctx, "G1", "G2") }, counters,
		}, {
			"group", "GET /sms/2/groups/G1", nil, `{"group_id":"G1","message_count":"4"}`,
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.Groups.Get(ctx, "G1") }, &legacy.Group{GroupID: "G1", MessageCount: 4},
		}, {
			"add a message", "POST /sms/2/groups/G1/add_messages", everyParam(), string(clienttest.File(t, "legacy-add-messages.response.json")),
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.Groups.Add(ctx, "G1", everything) },
			&legacy.Counters{Success: 1, Failed: 1, Errors: []legacy.ItemError{{Index: 1, Code: "1062"}}},
		}, {
			"add messages", "POST /sms/2/groups/G1/add_messages.json", url.Values{"messages": {`[{"from":"0215770000","text":"가\u003c\"","to":"01000000001"},{"text":"나","to":"01000000002"}]`}},
			`[` + counted + `,{"success_count":1,"error_count":0}]`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.Groups.AddMany(ctx, "G1", []legacy.Message{
					{To: []string{"01000000001"}, From: "0215770000", Text: "가<\""}, {To: []string{"01000000002"}, Text: "나"},
				})
			},
			[]legacy.Counters{*counters, {Success: 1}},
		}, {
			"messages of a group", "GET /sms/2/groups/G1/message_list", url.Values{"offset": {"2"}, "limit": {"3"}}, `{"total_count":"9","offset":2,"limit":"3","list":["M3","M4"]}`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.Groups.Messages(ctx, "G1", legacy.PageParams{Offset: 2, Limit: 3})
			},
			&legacy.IDPage{IDs: []string{"M3", "M4"}, Total: 9, Offset: 2, Limit: 3},
		}, {
			"delete messages", "POST /sms/2/groups/G1/delete_messages", url.Values{"message_ids": {"M1,M2"}}, counted,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.Groups.DeleteMessages(ctx, "G1", "M1", "M2")
			}, counters,
		}, {
			"send a group", "POST /sms/2/groups/G1/send", nil, `{"group_id":"G1"}`,
			func(ctx context.Context, c *legacy.Client) (any, error) { return nil, c.Groups.Send(ctx, "G1") }, nil,
		}, {
			"images", "GET /sms/2/image_list", nil, `{"total_count":0,"offset":0,"limit":20,"list":[]}`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.Images.List(ctx, legacy.PageParams{})
			}, &legacy.IDPage{IDs: []string{}, Limit: 20},
		}, {
			"image", "GET /sms/2/images/IMG1", nil, `{"image_id":"IMG1","file_name":"a.jpg","original_name":"b.jpg","file_size":"1024","width":"640","height":480}`,
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.Images.Get(ctx, "IMG1") },
			&legacy.Image{ImageID: "IMG1", FileName: "a.jpg", OriginalName: "b.jpg", FileSize: 1024, Width: 640, Height: 480},
		}, {
			"delete images", "POST /sms/2/delete_images", url.Values{"image_ids": {"IMG1"}}, counted,
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.Images.Delete(ctx, "IMG1") }, counters,
		}, {
			"register", "POST /senderid/1.1/register", url.Values{"phone": {"0215770000"}, "site_user": {"u"}}, `{"handle_key":"H1","ars_number":"0215880000"}`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return c.SenderNumbers.Register(ctx, legacy.RegisterParams{Phone: "0215770000", SiteUser: "u"})
			},
			&legacy.Registration{HandleKey: "H1", ARSNumber: "0215880000"},
		}, {
			"verify", "POST /senderid/1.1/verify", url.Values{"handle_key": {"H1"}}, ``,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return nil, c.SenderNumbers.Verify(ctx, "H1")
			}, nil,
		}, {
			"delete a number", "POST /senderid/1.1/delete", url.Values{"handle_key": {"H1"}}, `{}`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return nil, c.SenderNumbers.Delete(ctx, "H1")
			}, nil,
		}, {
			"set the default", "POST /senderid/1.1/set_default", url.Values{"handle_key": {"H1"}}, `null`,
			func(ctx context.Context, c *legacy.Client) (any, error) {
				return nil, c.SenderNumbers.SetDefault(ctx, "H1")
			}, nil,
		}, {
			"numbers", "GET /senderid/1.1/list", nil,
			`[{"idno":17,"phone_number":"0215770000","flag_default":"Y","updatetime":"2026-05-04 10:02:03","regdate":"20260504100203","handle_key":"H1"},{"idno":"18","phone_number":"0215770001","flag_default":"N","regdate":"gestern"}]`,
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.SenderNumbers.List(ctx) },
			[]legacy.SenderNumber{
				{IDNo: "17", PhoneNumber: "0215770000", HandleKey: "H1", Default: true, Registered: &seoulTime, Updated: &seoulTime},
				{IDNo: "18", PhoneNumber: "0215770001"},
			},
		}, {
			"the default", "GET /senderid/1.1/get_default", nil, `{"handle_key":"H1","phone_number":"0215770000"}`,
			func(ctx context.Context, c *legacy.Client) (any, error) { return c.SenderNumbers.Default(ctx) },
			&legacy.SenderNumber{PhoneNumber: "0215770000", HandleKey: "H1"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t, agent)
			mux.Handle(tt.pattern, answers(t, tt.answer, tt.params))
			got, err := tt.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, withoutRaw); diff != "" {
				t.Error(diff)
			}
		})
	}
}

var withoutRaw = cmpopts.IgnoreTypes(json.RawMessage{})

// TestSend_IsTheExample sends the text of the protocol's example.
func TestSend_IsTheExample(t *testing.T) {
	t.Parallel()
	example, err := url.ParseQuery(string(bytes.TrimSpace(clienttest.File(t, "legacy-send.request.form.txt"))))
	if err != nil {
		t.Fatal(err)
	}
	if got := signature(testSecret, example); got != example.Get("signature") {
		t.Errorf("the example is signed %s, want %s", example.Get("signature"), got)
	}
	for _, name := range proof {
		example.Del(name)
	}
	c, mux := setup(t)
	answer := clienttest.File(t, "legacy-send.response.json")
	mux.Handle("POST /sms/2/send", answers(t, string(answer), example))
	got, err := c.Messages.Send(t.Context(), legacy.SendParams{Message: legacy.Message{
		To: []string{"01000000001"}, From: "0215770000", Text: "[example] code 482913", Type: legacy.SMS,
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := &legacy.SendResult{GroupID: groupID, Success: 1, ResultCode: legacy.ResultSuccess, ResultMessage: "Success", Raw: answer}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := got.Err(); err != nil {
		t.Error(err)
	}
}

// TestImages_TravelAsTheyAre looks at the two calls that carry a picture.
func TestImages_TravelAsTheyAre(t *testing.T) {
	t.Parallel()
	picture := append([]byte("GIF89a\r\n--\x00\xff"), bytes.Repeat([]byte("\r\n"), 100)...)
	c, mux := setup(t)
	arrives := func(answer string, want url.Values) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			got, image := params(t, r)
			if diff := cmp.Diff(want, got); diff != "" || !bytes.Equal(image, picture) {
				t.Errorf("%s: %s, an image of %d bytes", r.URL.Path, diff, len(image))
			}
			_, _ = io.WriteString(w, answer)
		}
	}
	mux.Handle("POST /sms/2/upload_image", arrives(`{"image_id":"IMG1"}`, url.Values{"image_encoding": {"binary"}}))
	mms := url.Values{"to": {"01000000001"}, "text": {"본문"}, "type": {"MMS"}, "image_encoding": {"binary"}}
	mux.Handle("POST /sms/2/send", arrives(`{"success_count":1,"result_code":"00"}`, mms))

	if id, err := c.Images.Upload(t.Context(), picture); err != nil || id != "IMG1" {
		t.Errorf("upload: %q, %v", id, err)
	}
	if _, err := c.Messages.Send(t.Context(), legacy.SendParams{
		Message: legacy.Message{To: []string{"01000000001"}, Text: "본문", Type: legacy.MMS}, Image: picture,
	}); err != nil {
		t.Error(err)
	}
	if _, err := c.Images.Upload(t.Context(), nil); err == nil {
		t.Error("an empty image was uploaded")
	}
}

// TestSend_KeepsBytesOfEUCKR sends a text that is encoded already.
func TestSend_KeepsBytesOfEUCKR(t *testing.T) {
	t.Parallel()
	const greeting = "\xbe\xc8\xb3\xe7" // 안녕
	c, mux := setup(t)
	mux.Handle("POST /sms/2/send", answers(t, `{"success_count":1,"result_code":"00"}`, url.Values{"text": {greeting}, "charset": {"euckr"}}))
	if _, err := c.Messages.Send(t.Context(), legacy.SendParams{
		Message: legacy.Message{Text: greeting}, GroupOptions: legacy.GroupOptions{Charset: legacy.EUCKR},
	}); err != nil {
		t.Error(err)
	}
	if _, err := c.Groups.AddMany(t.Context(), "G1", []legacy.Message{{Text: greeting}}); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("JSON cannot carry it: %v", err)
	}
}

// TestCalls_NeedWhatTheyAreAbout has no server: these calls must not be made.
func TestCalls_NeedWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was called", r.URL.Path) })
	for _, id := range []string{"", ".", ".."} {
		for name, err := range map[string]error{
			"get":             second(c.Groups.Get(t.Context(), id)),
			"add":             second(c.Groups.Add(t.Context(), id, legacy.Message{})),
			"add many":        second(c.Groups.AddMany(t.Context(), id, nil)),
			"messages":        second(c.Groups.Messages(t.Context(), id, legacy.PageParams{})),
			"delete messages": second(c.Groups.DeleteMessages(t.Context(), id, "M1")),
			"send":            c.Groups.Send(t.Context(), id),
			"image":           second(c.Images.Get(t.Context(), id)),
			"cancel":          second(c.Messages.Cancel(t.Context(), legacy.CancelParams{})),
		} {
			if err == nil {
				t.Errorf("%s with %q passed", name, id)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestGroupPath_StaysInsideTheGroups has ids that would lead elsewhere.
func TestGroupPath_StaysInsideTheGroups(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	var path string
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.EscapedPath()
		_, _ = io.WriteString(w, `{"group_id":"x"}`)
	})
	if err := c.Groups.Send(t.Context(), "../send?x"); err != nil || path != "/sms/2/groups/..%2Fsend%3Fx/send" {
		t.Errorf("%s, %v", path, err)
	}
}

func TestSendResult_Err(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		result legacy.SendResult
		want   error
		is     error
	}{
		{legacy.SendResult{ResultCode: "00", Success: 3}, nil, nil},
		{legacy.SendResult{ResultCode: "10", Success: 2, Failed: 1}, &legacy.ResultError{Code: "10"}, nil},
		{legacy.SendResult{ResultCode: "30", Failed: 1}, &legacy.ResultError{Code: "30"}, legacy.ErrInsufficientBalance},
		{legacy.SendResult{ResultCode: "20", Failed: 1}, &legacy.ResultError{Code: "20"}, legacy.ErrUnauthorized},
		{legacy.SendResult{ResultCode: "1062", Failed: 1}, &legacy.ResultError{Code: "1062"}, legacy.ErrSenderNotRegistered},
		{legacy.SendResult{ResultCode: "21", Failed: 1}, &legacy.ResultError{Code: "21"}, legacy.ErrNotFound},
		{legacy.SendResult{ResultCode: "00", Failed: 1}, &legacy.ResultError{Code: "00"}, nil}, // it contradicts itself
	} {
		got := tt.result.Err()
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Error(diff)
		}
		for _, sentinel := range sentinels {
			if is := errors.Is(got, sentinel); is != errors.Is(sentinel, tt.is) {
				t.Errorf("%v is %v: %t", got, sentinel, is)
			}
		}
	}
	if got := (&legacy.ResultError{Code: "10"}).Error(); got != "coolsms/legacy: refused with 10: Wrong number" {
		t.Error(got)
	}
}
