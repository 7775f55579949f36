package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// page is a list answer with the order of its keys.
type page struct {
	StartKey, NextKey *string
	Limit             int
	MessageList       json.RawMessage
	GroupList         json.RawMessage
	raw               map[string]json.RawMessage
}

func (w *world) page(path string) page {
	w.t.Helper()
	resp, body, err := w.send("GET", path, "", w.authorization())
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode != 200 {
		w.t.Fatalf("%s answered %d: %s", path, resp.StatusCode, body)
	}
	var p page
	decode(w.t, body, &p)
	decode(w.t, body, &p.raw)
	return p
}

// ids are the keys of a list, in order.
func (w *world) ids(path string) []string {
	w.t.Helper()
	p := w.page(path)
	if p.MessageList == nil {
		return keysOf(w.t, p.GroupList)
	}
	return keysOf(w.t, p.MessageList)
}

// history sends five texts a second apart: numbers 1 2 1 3 1, of which the
// fourth fails; it returns their ids, newest first, and their groups.
func history(w *world) (ids, groupIDs []string) {
	w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000003","statusCode":"3032"}`)
	for _, n := range []int{1, 2, 1, 3, 1} {
		got := w.do(200, "POST", "/messages/v4/send", `{"message":`+text(fmt.Sprintf("0100000000%d", n))+`}`)
		ids = append(ids, got.text("messageId"))
		groupIDs = append(groupIDs, got.text("groupId"))
		w.pass(time.Second)
	}
	slices.Reverse(ids)
	slices.Reverse(groupIDs)
	return ids, groupIDs
}

func TestList_Filters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids, groupIDs := history(w)
	w.do(200, "POST", "/messages/v4/send", `{"message":`+fields(`"subject":"s"`)+`}`) // pending, LMS
	lms := w.ids("/messages/v4/list?type=lms")
	if len(lms) != 1 {
		t.Fatalf("type=lms: %v", lms)
	}
	all := append(lms, ids...)
	at := func(s int) string {
		return url.QueryEscape(start.Add(time.Duration(s) * time.Second).Format("2006-01-02T15:04:05Z"))
	}
	tests := []struct {
		query string
		want  []string
	}{
		{"", all},
		{"limit=2", all[:2]},
		{"to=010-0000-0002", ids[3:4]},
		{"to=01000000002,01000000003", []string{ids[1], ids[3]}},
		{"from=0215770000", all},
		{"statusCode=3032", ids[1:2]},
		{"statusCode=3032,2000", []string{lms[0], ids[1]}},
		{"statusCode[in]=" + url.QueryEscape(`["3032","2000"]`), []string{lms[0], ids[1]}},
		{"statusCode%5Bne%5D=4000", []string{lms[0], ids[1]}},
		{"type=SMS&to=01000000001", []string{ids[0], ids[2], ids[4]}},
		{"groupId=" + groupIDs[3], ids[3:4]},
		{"messageId=" + ids[2], ids[2:3]},
		{"messageIds=" + ids[4] + "&messageIds=" + ids[0], []string{ids[0], ids[4]}},
		{"messageIds=" + ids[4] + "," + ids[0], []string{ids[0], ids[4]}},
		{"messageIds[in]=" + url.QueryEscape(`["`+ids[4]+`","`+ids[0]+`"]`), []string{ids[0], ids[4]}},
		{"messagesId=" + ids[4] + "&messagesId=" + ids[0], []string{ids[0], ids[4]}},
		{"messageIds[]=" + ids[4] + "&messageIds[]=" + ids[0], []string{ids[0], ids[4]}},
		{"messageIds=M4VNOTHERE", nil},
		{"criteria=to&cond=eq&value=01000000002", ids[3:4]},
		{"criteria=statusCode,to&cond=ne,ne&value=3032,01000000001", ids[3:4]},
		{"criteria=statusCode,statusCode&cond=ne,ne&value=4000,3032", lms},
		{"criteria=messageId,messageId&cond=eq,eq&value=" + ids[1] + "," + ids[2], ids[1:3]},
		{"criteria=dateCreated&cond=gt&value=" + at(3), append(slices.Clone(lms), ids[0])},
		{"dateCreated[gte]=" + at(3) + "&dateCreated[lt]=" + at(5), ids[:2]},
		{"startDate=" + at(1) + "&endDate=" + at(2), ids[2:4]},
		{"startDate=2026-11-22T15:04:06&endDate=2026-11-22T15:04:07", ids[2:4]},      // Korean time without a zone
		{"startDate=2026-11-22T15:04:06+09:00&endDate=" + at(2), ids[2:4]},           // a plus that was not escaped
		{"startDate=" + at(3) + "&endDate=" + at(3) + "&dateType=UPDATED", ids[2:3]}, // reported a second later
		{"replacement=false", all},
		{"replacement=1", nil},
		{"unknown=1", all},
		{"startKey=" + ids[3], ids[3:]},
		{"startKey=" + ids[3] + "&to=01000000001", ids[4:]},
		{"startKey=" + ids[2] + "&to=01000000001", []string{ids[2], ids[4]}},
		{"startKey=" + ids[2] + "&messageIds=" + ids[4] + "," + ids[0], ids[4:]},
		{"startKey=M4VNOTHERE", nil},
	}
	for _, tt := range tests {
		for _, path := range []string{"/messages/v4/list", "/messages/v4/list-old"} {
			if got := w.ids(path + "?" + tt.query); !slices.Equal(got, tt.want) {
				t.Errorf("%s?%s\n got %v\nwant %v", path, tt.query, got, tt.want)
			}
		}
	}
}

func TestList_Refusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, query := range []string{
		"limit=0", "limit=x", "criteria=to&cond=eq", "criteria=colour&cond=eq&value=red", "criteria=to&cond=like&value=1",
		"startDate=soon", "dateCreated=x", "statusCode[near]=1",
	} {
		w.refused(400, "ValidationError", "GET", "/messages/v4/list?"+query, "")
	}
	w.refused(400, "ValidationError", "GET", groups+"?criteria=count.total&cond=eq&value=x", "")
}

func TestList_PagesMeetWithoutGapOrOverlap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.group()
	for i := range 23 {
		w.do(200, "PUT", groups+"/"+id+"/messages", list(text(fmt.Sprintf("010000000%02d", i))))
	}
	for _, path := range []string{"/messages/v4/list?limit=5", groups + "/" + id + "/messages?limit=5", "/messages/v4/list?from=0215770000&limit=5"} {
		var got []string
		next := ""
		for range 5 {
			p := w.page(path + "&startKey=" + next)
			if _, written := p.raw["nextKey"]; !written {
				t.Errorf("%s: nextKey is not written", path)
			}
			if (p.StartKey == nil) != (next == "") || p.Limit != 5 {
				t.Errorf("%s: startKey %v, limit %d", path, p.StartKey, p.Limit)
			}
			got = append(got, keysOf(t, p.MessageList)...)
			if p.NextKey == nil {
				break
			}
			next = *p.NextKey
		}
		want := w.ids("/messages/v4/list?limit=500")
		if !slices.Equal(got, want) || len(got) != 23 {
			t.Errorf("%s: pages give %d ids, want %d in order", path, len(got), len(want))
		}
	}
}

func TestListGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ids := history(w)
	waiting := w.group()
	w.do(200, "POST", groups+"/"+w.group(text("01000000001"))+"/schedule", `{"scheduledDate":"2026-11-23T00:00:00Z"}`)
	all := append(w.ids(groups+"?limit=2"), ids...)
	tests := []struct {
		query string
		want  []string
	}{
		{"", all},
		{"groupId=" + ids[2], ids[2:3]},
		{"criteria=groupId&cond=eq&value=" + ids[2], ids[2:3]},
		{"criteria=status&cond=eq&value=PENDING", []string{waiting}},
		{"criteria=count.sentTotal&cond=gte&value=1", ids},
		{"criteria=count.total&cond=lt&value=1", []string{waiting}},
		{"criteria=scheduledDate&cond=lt&value=2027-01-01", all[:1]},
		{"startKey=" + ids[3], ids[3:]},
		{"startDate=2026-11-22T06:04:08Z&endDate=2026-11-22T06:04:09Z", ids[:2]},
		{"startKey=G4VNOTHERE", nil},
	}
	for _, tt := range tests {
		if got := w.ids(groups + "?" + tt.query); !slices.Equal(got, tt.want) {
			t.Errorf("%s\n got %v\nwant %v", tt.query, got, tt.want)
		}
	}
}

func TestKeep_OldestLeaveFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithKeep(3))
	ids, groupIDs := history(w)
	if got := w.ids("/messages/v4/list"); !slices.Equal(got, ids[:3]) {
		t.Errorf("messages %v, want the newest three", got)
	}
	if got := w.ids(groups); !slices.Equal(got, groupIDs[:3]) {
		t.Errorf("groups %v, want the newest three", got)
	}
	if n := len(w.Handset("01000000002")); n != 0 {
		t.Errorf("a forgotten text is still on the phone")
	}
	w.refused(404, "ResourceNotFound", "GET", groups+"/"+groupIDs[4], "")
}

func TestKeep_WaitingGroupsOutliveEndedOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithKeep(3))
	waiting := w.group(text("01000000009"))
	for range 3 {
		w.do(200, "DELETE", groups+"/"+w.group(), "")
	}
	w.do(200, "POST", groups+"/"+waiting+"/send", "")
}
