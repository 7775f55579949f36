package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

const numbers = "/senderid/v1/numbers"

// senderOf is a number as the account lists it, nil when it has none such.
func (w *world) senderOf(number string) object {
	w.t.Helper()
	for _, s := range w.do(200, "GET", numbers+"?limit=100", "").at("senderIds").([]any) {
		if s := object(s.(map[string]any)); s["phoneNumber"] == number {
			return s
		}
	}
	return nil
}

func TestSenders_WhatMayBeRegistered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for number, ok := range map[string]bool{
		"0299990000": true, "02-999-0000": true, "01099990000": true, "030599990000": true, "15779999": true, "18009999": true,
		"99990000": false, "0299990": false, "010999900001": false, "0305999900001": false, "157799990": false, "14009999": false,
		"112": false, "119": false, "": false, "+82299990000": false, "0299990000a": false,
	} {
		resp, body, err := w.send("POST", numbers, fmt.Sprintf(`{"phoneNumber":%q}`, number), w.authorization())
		if err != nil {
			t.Fatal(err)
		}
		if (resp.StatusCode == 200) != ok {
			t.Errorf("%q: %d %s", number, resp.StatusCode, body)
		}
	}
	w.refused(400, "ValidationError", "POST", numbers, `{"phoneNumber":"0215770000"}`)
	if s := w.senderOf("15779999"); s["status"] != "PENDING" || s["method"] != nil || s["expireAt"] != nil || s["necessaryMeasures"] == nil {
		t.Errorf("registered without documents: %v", s)
	}
	w.do(200, "POST", numbers, `{"phoneNumber":"0312345678","documentList":{"certificateDocument":["ST01"]}}`)
	if s := w.senderOf("0312345678"); s["status"] != "PENDING" || s["necessaryMeasures"] != nil {
		t.Errorf("registered with documents: %v", s)
	}
}

func TestSenders_VerifiedByPhoneForSixMonths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := func() string { return w.only(w.group(fields(`"from":"0299990000"`))).text("statusCode") }
	w.do(200, "POST", numbers, `{"phoneNumber":"0299990000"}`)
	if got := code(); got != "1062" {
		t.Errorf("PENDING: %s, want 1062", got)
	}
	w.refused(400, "InvalidStatus", "PUT", numbers+"/0299990000", `{"status":"ACTIVE"}`)
	w.refused(404, "ResourceNotFound", "PUT", numbers+"/0288880000/authenticate", "")
	id := w.factor(200, "0299990000", `{"authType":"ARS","extras":{"phoneNumber":"0299990000"}}`).text("mfa.transactionId")
	for _, wrong := range []string{`{"transactionId":"x","token":"0000"}`, `{"transactionId":"` + id + `","token":"no"}`, `7`} {
		w.factor(400, "0299990000", wrong)
	}
	if s := w.senderOf("0299990000"); s["status"] != "PENDING" {
		t.Errorf("while the phone rings: %v", s)
	}
	w.factor(200, "0299990000", `{"authType":"ARS","extras":{"phoneNumber":"0299990000"},"transactionId":"`+id+`","token":"0000"}`)
	w.factor(400, "0299990000", `{"transactionId":"`+id+`","token":"0000"}`) // a call is good for once
	if s := w.senderOf("0299990000"); s["status"] != "ACTIVE" || s["method"] != "ARS" || s["expireAt"] != "2027-05-22T06:04:05.000Z" {
		t.Errorf("verified: %v", s)
	}
	if got := code(); got != "2000" {
		t.Errorf("ACTIVE: %s, want 2000", got)
	}
	w.pass(start.AddDate(0, 6, 0).Sub(start))
	if got := code(); got != "1062" {
		t.Errorf("lapsed: %s, want 1062", got)
	}
}

// factor authenticates a number with a second factor, which the official
// examples bring in a header.
func (w *world) factor(want int, number, data string) object {
	w.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), "PUT", base+numbers+"/"+number+"/authenticate", strings.NewReader("{}"))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", w.authorization())
	r.Header.Set("x-mfa-data", data)
	resp, err := w.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var o object
	if err := json.NewDecoder(resp.Body).Decode(&o); err != nil || resp.StatusCode != want {
		w.t.Fatalf("%s answered %d %v (%v), want %d", data, resp.StatusCode, o, err, want)
	}
	return o
}

func TestSenders_VerifiedAtOnceWithoutASecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(200, "POST", numbers, `{"phoneNumber":"0299990000"}`)
	w.do(200, "PUT", numbers+"/0299990000/authenticate", `{}`)
	if s := w.senderOf("0299990000"); s["status"] != "ACTIVE" || s["method"] != "ARS" {
		t.Errorf("verified: %v", s)
	}
}

func TestSenders_ByDocumentsForTwelveMonths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(200, "POST", numbers, `{"phoneNumber":"0299990000","documents":["ST01"]}`)
	w.control(200, "POST", "/sandbox/senders", `{"phoneNumber":"0299990000","method":"DOCUMENTS"}`)
	if s := w.senderOf("0299990000"); s["status"] != "ACTIVE" || s["method"] != "DOCUMENTS" || s["expireAt"] != "2027-11-22T06:04:05.000Z" {
		t.Errorf("approved: %v", s)
	}
	w.control(400, "POST", "/sandbox/senders", `{"phoneNumber":"0299990000","method":"MAGIC"}`)
	var all []sandbox.Sender
	decode(t, w.control(200, "GET", "/sandbox/senders", ""), &all)
	if len(all) != 2 || all[1].Method != "DOCUMENTS" || !all[1].ExpireAt.Equal(start.AddDate(1, 0, 0)) {
		t.Errorf("senders %+v", all)
	}
}

func TestSenders_UpdateAndDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := numbers + "/0215770000"
	w.refused(400, "InvalidStatus", "DELETE", path, "")
	w.refused(400, "ValidationError", "PUT", path, `{"status":"GONE"}`)
	w.do(200, "PUT", path, `{"status":"INACTIVE"}`)
	if s := w.senderOf("0215770000"); s["status"] != "INACTIVE" {
		t.Errorf("switched off: %v", s)
	}
	if got := w.only(w.group(fields(""))).text("statusCode"); got != "1062" {
		t.Errorf("INACTIVE: %s, want 1062", got)
	}
	w.do(200, "PUT", path, `{"status":"ACTIVE"}`)
	if got := w.only(w.group(fields(""))).text("statusCode"); got != "2000" {
		t.Errorf("ACTIVE again: %s, want 2000", got)
	}
	w.pass(60 * 24 * time.Hour) // it lapses, and what has lapsed may go
	if left := w.do(200, "DELETE", path, "").at("senderIds").([]any); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	w.refused(404, "ResourceNotFound", "DELETE", path, "")
	if s := w.senderOf("0215770000"); s != nil {
		t.Errorf("still there: %v", s)
	}
}

func TestSenders_LapsedBetweenAcceptAndSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // whose sender lapses in a month
	id := w.group(text("01000000001"), `{"to":"6502530000","country":"1","from":"0215770000","text":"x"}`)
	w.do(200, "POST", groups+"/"+id+"/schedule", `{"scheduledDate":"2027-01-10T00:00:00Z"}`)
	w.pass(60 * 24 * time.Hour)
	codes := map[string]any{}
	for _, m := range w.do(200, "GET", groups+"/"+id+"/messages", "").at("messageList").(map[string]any) {
		codes[m.(map[string]any)["to"].(string)] = m.(map[string]any)["statusCode"]
	}
	if codes["01000000001"] != "2062" || codes["6502530000"] != "4000" || w.Money().Balance != 9980 {
		t.Errorf("ended with %v and %d won; want 2062 at home, 4000 abroad, one paid", codes, w.Money().Balance)
	}
}

func TestMember(t *testing.T) {
	t.Parallel()
	if m := newWorld(t).do(200, "GET", "/users/v1/member", ""); m["status"] != "ACTIVE" || m["role"] != "OWNER" || m.text("memberId") == "" {
		t.Errorf("member %v", m)
	}
}

func TestIAM_ListsAndRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, name := range map[string]string{
		"/iam/v1/black?type=DENIAL": "blackList", "/iam/v1/block/groups": "blockGroups", "/iam/v1/block/numbers": "blockNumbers",
	} {
		if got := w.do(200, "GET", path, ""); len(got[name].([]any)) != 0 || got["limit"] != 20.0 || got["nextKey"] != nil {
			t.Errorf("%s of a new account: %v", path, got)
		}
	}
	var group, sleeping struct {
		ID string `json:"blockGroupId"`
	}
	w.control(200, "POST", "/sandbox/blacks", `{"senderNumber":"02-1577-0000","recipientNumber":"010-0000-0001"}`)
	w.control(200, "POST", "/sandbox/block-numbers", `{"phoneNumber":"01000000002","memo":"wrong number"}`)
	decode(t, w.control(200, "POST", "/sandbox/block-groups", `{"name":"staff list","senderNumbers":["0215770000"]}`), &group)
	decode(t, w.control(200, "POST", "/sandbox/block-groups", `{"name":"old","status":"INACTIVE","useAll":true}`), &sleeping)
	w.control(200, "POST", "/sandbox/block-numbers", `{"phoneNumber":"01000000003","blockGroupIds":["`+group.ID+`"]}`)
	w.control(200, "POST", "/sandbox/block-numbers", `{"phoneNumber":"01000000004","blockGroupIds":["`+sleeping.ID+`"]}`)

	for to, code := range map[string]string{"01000000001": "1061", "01000000002": "1060", "01000000003": "1060", "01000000004": "2000"} {
		if got := w.only(w.group(text(to))).text("statusCode"); got != code {
			t.Errorf("%s: %s, want %s", to, got, code)
		}
	}
	for path, want := range map[string]int{
		"/iam/v1/black?type=DENIAL&senderNumber=02-1577-0000":            1,
		"/iam/v1/black?senderNumber=0299990000":                          0,
		"/iam/v1/black?dateCreated%5Bgte%5D=2026-11-22T15:04:05%2B09:00": 1,
		"/iam/v1/black?dateCreated%5Blte%5D=2026-11-22T15:04:04%2B09:00": 0,
		"/iam/v1/block/groups?name%5Blike%5D=staff":                      1,
		"/iam/v1/block/groups?useAll=true":                               1,
		"/iam/v1/block/groups?status=ACTIVE&senderNumber=0215770000":     1,
		"/iam/v1/block/groups?blockGroupId=" + group.ID:                  1,
		"/iam/v1/block/numbers?memo%5Blike%5D=wrong":                     1,
		"/iam/v1/block/numbers?phoneNumber=01000000003&limit=1":          1,
		"/iam/v1/block/numbers?blockGroupId=" + group.ID:                 1,
		"/iam/v1/block/numbers":                                          3,
	} {
		got := w.do(200, "GET", path, "")
		for _, name := range []string{"blackList", "blockGroups", "blockNumbers"} {
			if list, ok := got[name].([]any); ok && len(list) != want {
				t.Errorf("%s: %d found, want %d", path, len(list), want)
			}
		}
	}
	for path, body := range map[string]string{
		"/sandbox/blacks": `{"senderNumber":"x"}`, "/sandbox/block-groups": `{"status":"x"}`, "/sandbox/block-numbers": `{}`,
	} {
		w.control(400, "POST", path, body)
	}
}
