package coolsms_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
)

// canned answers every request with the same body, without a network.
type canned []byte

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	return &http.Response{
		StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{}, ContentLength: int64(len(c)), Body: io.NopCloser(bytes.NewReader(c)),
	}, nil
}

func benchClient(body []byte) *coolsms.Client {
	return coolsms.New("NCSTESTKEY000001", "TESTSECRET00000000000000000000AB",
		coolsms.WithHTTPClient(&http.Client{Transport: canned(body)}))
}

// BenchmarkPutOne is the client's own share of handing over one text: at most
// 25 µs.
func BenchmarkPutOne(b *testing.B) {
	c := benchClient([]byte(`{"errorCount":0,"resultList":[{"to":"01000000001","from":"0215770000","type":"SMS","country":"82",` +
		`"messageId":"M4V20260504100203A8S4D2F6G0H1J3K","statusCode":"2000","statusMessage":"정상 접수(이통사로 접수 예정) ","accountId":"26010100000001"}]}`))
	messages := []coolsms.Message{{
		To: "01000000001", From: "0215770000", Text: "[예시] 인증번호 482913\n@auth.example.kr #482913", Type: coolsms.SMS,
		AutoTypeDetect: coolsms.Bool(false), CustomFields: map[string]string{"id": "msg_01"},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Groups.Put(b.Context(), "G4V20260504100203K7P2QX9ZB4M1TNW", messages); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	body, err := os.ReadFile("testdata/groups-create.response.json")
	if err != nil {
		b.Fatal(err)
	}
	c := benchClient(body)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Groups.Send(b.Context(), "G4V20260504100203K7P2QX9ZB4M1TNW"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList100(b *testing.B) {
	item, err := os.ReadFile("testdata/messages-list.failed-item.json")
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(`{"startKey":null,"limit":100,"nextKey":null,"messageList":{`)
	for i := range 100 {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `"M%d":%s`, i, item)
	}
	c := benchClient(append(body, "}}"...))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Messages.List(b.Context(), coolsms.ListParams{Limit: 100}); err != nil {
			b.Fatal(err)
		}
	}
}
