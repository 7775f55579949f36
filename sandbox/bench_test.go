package sandbox_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// BenchmarkPutAndSend is what the emulator costs a benchmark of its caller: one
// message put into a waiting group, and the group sent. The signatures that
// the caller makes are counted in.
func BenchmarkPutAndSend(b *testing.B) {
	w := newWorld(b, sandbox.WithBalance(1<<40, 0), sandbox.WithQuirks(sandbox.Quirks{AllowReplay: true}))
	ids := make([]string, b.N)
	for i := range ids {
		if i%50_000 == 0 {
			w.pass(time.Second)
		}
		ids[i] = w.group()
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i, id := range ids {
		w.must("PUT", groups+"/"+id+"/messages", list(text(fmt.Sprintf("010%08d", i%100_000_000))))
		w.must("POST", groups+"/"+id+"/send", "{}")
		w.pass(time.Millisecond)
	}
}

// must is do without reading the answer, whose price is the caller's.
func (w *world) must(method, path, body string) {
	w.t.Helper()
	resp, _, err := w.send(method, path, body, w.authorization())
	if err != nil || resp.StatusCode != 200 {
		w.t.Fatal(resp, err)
	}
}

// BenchmarkGroupOf10000 puts and sends the largest request there is.
func BenchmarkGroupOf10000(b *testing.B) {
	w := newWorld(b, sandbox.WithBalance(1<<40, 0))
	messages := make([]string, 10_000)
	for i := range messages {
		messages[i] = text(fmt.Sprintf("010%08d", i))
	}
	body := list(messages...)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		id := w.group()
		w.must("PUT", groups+"/"+id+"/messages", body)
		w.must("POST", groups+"/"+id+"/send", "")
		w.pass(2 * time.Second)
	}
}

// BenchmarkPoll asks for the fates of 100 messages among 100,000.
func BenchmarkPoll(b *testing.B) {
	w := newWorld(b, sandbox.WithBalance(1<<40, 0))
	var ids []string
	for i := range 10 {
		messages := make([]string, 10_000)
		for j := range messages {
			messages[j] = text(fmt.Sprintf("010%08d", i*10_000+j))
		}
		id := w.group()
		put := w.do(200, "PUT", groups+"/"+id+"/messages", list(messages...))
		for _, item := range put.at("resultList").([]any)[:10] {
			ids = append(ids, item.(map[string]any)["messageId"].(string))
		}
	}
	path := "/messages/v4/list?limit=100&messageIds=" + strings.Join(ids, ",")
	b.ReportAllocs()
	for b.Loop() {
		w.must("GET", path, "")
		w.pass(time.Millisecond)
	}
}

// BenchmarkSendOne64 is the single send over sockets, from 64 workers at once;
// what the callers cost is counted in.
func BenchmarkSendOne64(b *testing.B) {
	w := newWorld(b, sandbox.WithBalance(1<<40, 0), sandbox.WithQuirks(sandbox.Quirks{AllowReplay: true}))
	server := httptest.NewServer(w)
	defer server.Close()
	const workers = 64
	transport := &http.Transport{MaxIdleConnsPerHost: workers}
	defer transport.CloseIdleConnections()
	authorization := w.authorization()
	var next atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if n%1000 == 0 {
					w.pass(time.Second)
				}
				body := fmt.Sprintf(`{"message":{"to":"010%08d","from":%q,"text":"[예시] 인증번호 482913"}}`, n%100_000_000, sender)
				r, err := http.NewRequestWithContext(context.Background(), "POST", server.URL+"/messages/v4/send", strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				r.Header.Set("Authorization", authorization)
				resp, err := transport.RoundTrip(r)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != 200 {
					b.Errorf("status %d", resp.StatusCode)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
}

// BenchmarkHold100000 tells how much memory 100,000 delivered messages take.
func BenchmarkHold100000(b *testing.B) {
	messages := make([]string, 10_000)
	for b.Loop() {
		before := heap()
		w := newWorld(b, sandbox.WithBalance(1<<40, 0))
		for i := range 10 {
			for j := range messages {
				messages[j] = text(fmt.Sprintf("010%08d", i*10_000+j))
			}
			w.must("POST", groups+"/"+w.group(messages...)+"/send", "")
			w.pass(2 * time.Second)
		}
		b.ReportMetric(float64(heap()-before)/(1<<20), "MiB")
		runtime.KeepAlive(w)
	}
}

// heap returns the bytes in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
