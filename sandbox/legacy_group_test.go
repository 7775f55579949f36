package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	pngs "image/png"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

func legacyQuery(t *testing.T, s string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func pngPicture(width, height int) []byte {
	var b bytes.Buffer
	if err := pngs.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestLegacyGroup_Walk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.old(200, "GET", "/sms/2/new_group", nil).text("group_id")
	other := w.old(200, "GET", "/sms/2/new_group", nil).text("group_id")
	path := "/sms/2/groups/" + group

	got := w.legacy(200, "POST", path+"/add_messages", oldText("01000000001,01000000002,x"))
	if want := `{"success_count":2,"error_count":1,"error_list":[{"2":"1011"}]}`; string(got) != want {
		t.Errorf("add_messages answered %s, want %s", got, want)
	}
	items := `[{"type":"SMS","to":"01000000003","from":"0215770000","text":"셋"},{"to":"01000000004","from":"0299990000","text":"넷"}]`
	got = w.legacy(200, "POST", path+"/add_messages.json", params("messages", items))
	if want := `[{"success_count":1,"error_count":0,"error_list":[]},{"success_count":0,"error_count":1,"error_list":[{"0":"1062"}]}]`; string(got) != want {
		t.Errorf("add_messages.json answered %s, want %s", got, want)
	}
	if o := w.old(200, "GET", path, nil); o.text("group_id") != group || o["message_count"] != 5.0 {
		t.Errorf("the group is %v", o)
	}
	var page struct {
		Total, Offset, Limit int
		List                 []string
	}
	decode(t, w.legacy(200, "GET", path+"/message_list", params("offset", "1", "limit", "2")), &page)
	if len(page.List) != 2 || page.Offset != 1 || page.Limit != 2 {
		t.Errorf("message_list answered %+v", page)
	}
	got = w.legacy(200, "POST", path+"/delete_messages", params("message_ids", page.List[0]+",MID0,"+page.List[0]))
	if want := `{"success_count":1,"error_count":2,"error_list":[{"1":"1021"},{"2":"1021"}]}`; string(got) != want {
		t.Errorf("delete_messages answered %s, want %s", got, want)
	}

	var list []string
	if decode(t, w.legacy(200, "GET", "/sms/2/group_list", nil), &list); !slices.Equal(list, []string{other, group}) {
		t.Errorf("group_list answered %v", list)
	}
	if items := w.sentItems(nil); items != nil {
		t.Errorf("listed before it was sent: %v", items)
	}
	if o := w.old(200, "POST", path+"/send", nil); o.text("group_id") != group {
		t.Errorf("send answered %v", o)
	}
	w.pass(time.Second)
	for to, want := range map[string]int{"01000000001": 1, "01000000002": 0, "01000000003": 1, "01000000004": 0} {
		if got := w.Handset(to); len(got) != want {
			t.Errorf("%s has %d texts, want %d", to, len(got), want)
		}
	}

	got = w.legacy(200, "POST", "/sms/2/delete_groups", params("group_ids", other+","+group))
	if want := `{"success_count":1,"error_count":1,"error_list":[{"1":"1022"}]}`; string(got) != want {
		t.Errorf("delete_groups answered %s, want %s", got, want)
	}
	for _, call := range []string{"POST /send", "POST /add_messages", "POST /delete_messages"} {
		method, name, _ := strings.Cut(call, " ")
		if o := w.old(404, method, path+name, oldText("01000000009")); o.text("code") != "InvalidResource" {
			t.Errorf("%s of a sent group: %v", call, o)
		}
	}
	if o := w.old(404, "GET", "/sms/2/groups/GID0", nil); o.text("code") != "InvalidResource" {
		t.Errorf("unknown group: %v", o)
	}
}

func TestLegacyGroup_AddMessagesTranscript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/sms/2/groups/" + w.old(200, "GET", "/sms/2/new_group", nil).text("group_id")
	v := oldText("01000000001,01000000002")
	if err := w.Decide(sandbox.Fate{To: "01000000002", StatusCode: "1062"}); err != nil {
		t.Fatal(err)
	}
	sameTranscript(t, "legacy-add-messages.response.json", w.legacy(200, "POST", path+"/add_messages", v))
}

// The first time that a message names is the group's.
func TestLegacyGroup_WaitsForTheTimeOfItsMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/sms/2/groups/" + w.old(200, "GET", "/sms/2/new_group", nil).text("group_id")
	w.legacy(200, "POST", path+"/add_messages", oldText("01000000001"))
	w.legacy(200, "POST", path+"/add_messages", oldText("01000000002", "datetime", "20261122160405"))
	w.legacy(200, "POST", path+"/send", nil)
	w.pass(time.Hour - time.Second)
	before := len(w.Handset(""))
	w.pass(3 * time.Second)
	if after := len(w.Handset("")); before != 0 || after != 2 {
		t.Errorf("%d texts before the time and %d after, want 0 and 2", before, after)
	}
}

func TestLegacyImage_Walk(t *testing.T) {
	t.Parallel()
	var asJPEG, asGIF bytes.Buffer
	if err := jpeg.Encode(&asJPEG, image.NewGray(image.Rect(0, 0, 3, 5)), nil); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&asGIF, image.NewPaletted(image.Rect(0, 0, 3, 5), color.Palette{color.Black}), nil); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	var ids []string
	for _, data := range [][]byte{pngPicture(3, 5), asJPEG.Bytes(), asGIF.Bytes()} {
		v := w.signed(params("image", string(data)))
		body, contentType := multipartOf(v, "----b", "\r\n", "")
		status, b := w.raw("POST", "/sms/2/upload_image", "", contentType, body)
		var o object
		if decode(t, b, &o); status != 200 {
			t.Fatalf("upload answered %d %s", status, b)
		}
		ids = append(ids, o.text("image_id"))
		info := w.old(200, "GET", "/sms/2/images/"+ids[len(ids)-1], nil)
		if info.text("width") != "3" || info.text("height") != "5" || info.text("file_size") != fmt.Sprint(len(data)) || info.text("original_name") != "사진.png" {
			t.Errorf("the image is %v", info)
		}
	}
	if !regexp.MustCompile(`^IMG[0-9A-F]{13}$`).MatchString(ids[0]) {
		t.Errorf("image id %q", ids[0])
	}
	if got := w.old(200, "GET", "/sms/2/image_list", params("limit", "2")); got["total_count"] != 3.0 || fmt.Sprint(got["list"]) != fmt.Sprint([]string{ids[2], ids[1]}) {
		t.Errorf("image_list answered %v", got)
	}
	group := w.old(200, "GET", "/sms/2/new_group", nil).text("group_id")
	w.legacy(200, "POST", "/sms/2/groups/"+group+"/add_messages", oldText("01000000001", "type", "MMS", "image_id", ids[0]))
	w.legacy(200, "POST", "/sms/2/groups/"+group+"/send", nil)
	w.pass(time.Second)
	if got := w.Handset("01000000001"); len(got) != 1 || got[0].Type != "MMS" || w.Money().Balance != 10_000-200 {
		t.Errorf("the phone has %+v", got)
	}
	got := w.legacy(200, "POST", "/sms/2/delete_images", params("image_ids", ids[0]+","+ids[0]))
	if want := `{"success_count":1,"error_count":1,"error_list":[{"1":"1023"}]}`; string(got) != want {
		t.Errorf("delete_images answered %s, want %s", got, want)
	}
	w.pass(7 * 24 * time.Hour)
	if got := w.old(200, "GET", "/sms/2/image_list", nil); got["total_count"] != 0.0 {
		t.Errorf("after seven days: %v", got)
	}
	w.legacy(404, "GET", "/sms/2/images/"+ids[1], nil)
}

func TestLegacySend_MMSBringsItsImage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := oldText("01000000001,01000000002", "type", "MMS", "subject", "제목",
		"image", base64.StdEncoding.EncodeToString(pngPicture(4, 4)), "image_encoding", "base64")
	w.legacy(200, "POST", "/sms/2/send", v)
	w.pass(time.Second)
	for _, to := range []string{"01000000001", "01000000002"} {
		if got := w.Handset(to); len(got) != 1 || got[0].Type != "MMS" {
			t.Errorf("%s has %+v", to, got)
		}
	}
	if got := w.old(200, "GET", "/sms/2/image_list", nil); got["total_count"] != 1.0 {
		t.Errorf("image_list answered %v", got)
	}
}

func TestLegacySenders_Walk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const number = "0212345678"
	send := func() string {
		return w.old(200, "POST", "/sms/2/send", oldText("01000000001", "from", number)).text("result_code")
	}
	registered := w.old(200, "POST", "/senderid/1.1/register", params("phone", "02-1234-5678", "site_user", "me"))
	handle := params("handle_key", registered.text("handle_key"))
	if registered.text("ars_number") == "" || send() != "62" {
		t.Errorf("register answered %v and the number may send", registered)
	}
	w.legacy(404, "GET", "/senderid/1.1/get_default", nil)
	if got := w.legacy(200, "POST", "/senderid/1.1/verify", handle); string(got) != "{}" || send() != "00" {
		t.Errorf("verify answered %s", got)
	}
	w.legacy(200, "POST", "/senderid/1.1/set_default", handle)
	var list []object
	decode(t, w.legacy(200, "GET", "/senderid/1.1/list", nil), &list)
	if len(list) != 2 || list[0].text("flag_default") != "N" || list[1].text("flag_default") != "Y" || list[1].text("phone_number") != number {
		t.Errorf("list answered %v", list)
	}
	if got := w.old(200, "GET", "/senderid/1.1/get_default", nil); got.text("phone_number") != number {
		t.Errorf("get_default answered %v", got)
	}
	again := w.old(200, "POST", "/senderid/1.1/register", params("phone", number))
	if again.text("handle_key") != handle.Get("handle_key") || send() != "00" {
		t.Errorf("registered twice: %v", again)
	}
	w.pass(184 * 24 * time.Hour) // a phone call counts for six months
	if got := send(); got != "62" {
		t.Errorf("after six months: %s", got)
	}
	w.legacy(200, "POST", "/senderid/1.1/delete", handle)
	decode(t, w.legacy(200, "GET", "/senderid/1.1/list", nil), &list)
	if len(list) != 1 {
		t.Errorf("list answered %v", list)
	}
	for _, call := range []string{"verify", "delete", "set_default"} {
		w.legacy(404, "POST", "/senderid/1.1/"+call, handle)
	}
	w.legacy(400, "POST", "/senderid/1.1/register", params("phone", "home"))
}

func TestLegacyReceived_Walk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, content := range []string{"하나", "둘", "셋"} {
		w.legacy(200, "POST", "/mo/1/insert", params("mo_number", sender, "sender_id", "01000000001", "content", content))
	}
	w.legacy(400, "POST", "/mo/1/insert", params("mo_number", sender))
	var page struct {
		Total string `json:"total_count"`
		Data  []object
	}
	decode(t, w.legacy(200, "GET", "/mo/1/list", params("count", "2")), &page)
	if page.Total != "3" || len(page.Data) != 2 || page.Data[0].text("content") != "셋" || page.Data[0].text("mo_number") != sender {
		t.Errorf("list answered %+v", page)
	}
	decode(t, w.legacy(200, "GET", "/mo/1/list", params("count", "2", "page", "2")), &page)
	if len(page.Data) != 1 || page.Data[0].text("content") != "하나" {
		t.Errorf("page 2: %+v", page)
	}
}

func TestLegacy_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithKeep(2))
	if got := w.old(200, "POST", "/sms/2/send", oldText(legacyNumbers(5))); got["success_count"] != 5.0 {
		t.Errorf("answered %v", got)
	}
	w.pass(time.Second)
	if got := w.sentItems(nil); len(got) != 2 || got[0].text("recipient_number") != "01000000004" || got[1].text("result_code") != "00" {
		t.Errorf("sent lists %v", got)
	}
	picture := string(pngPicture(1, 1))
	for i := range 1001 {
		w.legacy(200, "POST", "/sms/2/upload_image", params("image", picture))
		w.legacy(200, "POST", "/mo/1/insert", params("mo_number", sender, "sender_id", "01000000001", "content", fmt.Sprint(i)))
	}
	if got := w.old(200, "GET", "/sms/2/image_list", nil); got["total_count"] != 1000.0 {
		t.Errorf("%v pictures, want 1000", got["total_count"])
	}
	if got := w.old(200, "GET", "/mo/1/list", nil); got.text("total_count") != "1000" {
		t.Errorf("%v received, want 1000", got["total_count"])
	}
}
