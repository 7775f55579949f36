package results

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/sheet"
)

// Encoding is how the characters of a CSV are written.
type Encoding = sheet.Encoding

// The encodings.
const (
	UTF8  = sheet.UTF8
	CP949 = sheet.CP949
)

// Export says how results are written as CSV.
type Export struct {
	Encoding Encoding // UTF8 when empty
	Korean   bool     // heads and words; else English
	// Numbers writes whole numbers, which asks for a reason.
	Numbers bool
	Act     Act
}

const exportAtOnce = 1000 // rows that are held in memory

// Export writes all texts that pass a filter as CSV, the newest first, and
// returns how many. It holds few of them at a time, and none of its reads keeps
// anybody waiting. Refusals: [outbox.ErrFilter], and with whole numbers
// [ErrReason]; an error of w is returned as it is.
func (r *Results) Export(ctx context.Context, w io.Writer, f Filter, e Export) (rows int, err error) {
	if _, err := r.Search(ctx, f, "", 1); err != nil {
		return 0, err
	}
	if e.Numbers {
		if err := r.Keep(ctx, "messages export", e.Act); err != nil {
			return 0, err
		}
	}
	out, err := sheet.New(w, e.Encoding)
	if err != nil {
		return 0, err
	}
	if err := out.Row(e.heads()); err != nil {
		return 0, err
	}
	for cursor := ""; ; {
		page, err := r.Search(ctx, f, cursor, exportAtOnce)
		if err != nil {
			return rows, err
		}
		for i := range page.Rows {
			if err := out.Row(e.cells(&page.Rows[i])); err != nil {
				return rows, err
			}
		}
		if err := out.Flush(); err != nil {
			return rows, err
		}
		rows += len(page.Rows)
		if cursor = page.Next; cursor == "" {
			return rows, out.Close()
		}
	}
}

// column is one column of the CSV.
type column struct {
	korean, english string
	cell            func(e Export, r *Row) string
}

var columns = []column{
	{"보낸 때 (서울)", "created (Seoul)", func(_ Export, r *Row) string { return stamp(r.CreatedAt) }},
	{"받는 번호", "to", func(e Export, r *Row) string { return e.number(r) }},
	{"목적", "purpose", func(_ Export, r *Row) string { return r.Purpose }},
	{"상태", "status", func(e Export, r *Row) string { return e.status(r.Status) }},
	{"코드", "code", func(_ Export, r *Row) string { return r.StatusCode }},
	{"뜻", "meaning", func(e Export, r *Row) string { return e.words(r.Reason().Why) }},
	{"할 일", "what to do", func(e Export, r *Row) string { return e.words(r.Reason().Advice) }},
	{"통신사", "carrier", func(_ Export, r *Row) string { return r.Carrier }},
	{"발신번호", "sender", func(_ Export, r *Row) string { return r.Sender }},
	{"종류", "type", func(_ Export, r *Row) string { return r.Type }},
	{"접수한 때", "accepted", func(_ Export, r *Row) string { return stamp(r.AcceptedAt) }},
	{"도착한 때", "arrived", func(_ Export, r *Row) string { return stamp(r.ReceivedAt) }},
	{"끝난 때", "ended", func(_ Export, r *Row) string { return stamp(r.EndedAt) }},
	{"입력한 때", "code entered", func(_ Export, r *Row) string { return stamp(r.EnteredAt) }},
	{"도착까지 (초)", "seconds to arrival", func(_ Export, r *Row) string { return seconds(r.Arrival) }},
	{"입력까지 (초)", "seconds to entry", func(_ Export, r *Row) string { return seconds(r.Entry) }},
	{"비용 (원)", "cost (won)", func(_ Export, r *Row) string { return strconv.Itoa(r.Cost) }},
	{"앱", "application", func(_ Export, r *Row) string { return r.ApplicationID }},
	{"인증", "verification", func(_ Export, r *Row) string { return r.VerificationID }},
	{"문자", "message", func(_ Export, r *Row) string { return r.ID }},
	{"업체의 그룹", "provider group", func(_ Export, r *Row) string { return r.GroupID }},
	{"업체의 문자", "provider message", func(_ Export, r *Row) string { return r.ProviderMessageID }},
}

func (e Export) heads() []string {
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = e.words(outbox.Words{Korean: c.korean, English: c.english})
	}
	return heads
}

func (e Export) cells(r *Row) []string {
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.cell(e, r)
	}
	return cells
}

func (e Export) words(w outbox.Words) string {
	if e.Korean {
		return w.Korean
	}
	return w.English
}

func (e Export) number(r *Row) string {
	if e.Numbers {
		return r.To.Display()
	}
	return r.To.String()
}

var koreanStatuses = map[outbox.Status]string{
	outbox.Queued: "보낼 차례 기다림", outbox.Sending: "맡기는 중", outbox.Accepted: "접수", outbox.Delivered: "도착",
	outbox.Undelivered: "실패", outbox.Rejected: "접수 거절", outbox.Unknown: "알 수 없음", outbox.Dropped: "보내지 않음",
}

func (e Export) status(s outbox.Status) string {
	if e.Korean {
		return koreanStatuses[s]
	}
	return string(s)
}

// stamp writes a time of Seoul as spreadsheets read it, or nothing.
func stamp(t db.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().In(seoul).Format("2006-01-02 15:04:05")
}

func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64)
}

// ParseEncoding reads an encoding, or returns [outbox.ErrFilter].
func ParseEncoding(text string) (Encoding, error) {
	e, ok := sheet.Parse(text)
	if !ok {
		return "", fmt.Errorf("encoding %q: %w", text, outbox.ErrFilter)
	}
	return e, nil
}
