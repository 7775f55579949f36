package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/measure"
)

// gateway is what the provider's client and its emulator cost by themselves, so
// that they are never what another figure measures.
type gateway struct {
	put      time.Duration // the client's share of putting one message
	group    time.Duration // 10,000 messages put and sent
	heldMiB  float64       // the emulator with 100,000 messages
	sendsPer float64       // single sends a second at 64 workers
}

// gateway measures client and emulator.
func (m *measuring) gateway() (err error) {
	if m.gate.put, err = clientPut(); err != nil {
		return fmt.Errorf("the client: %w", err)
	}
	if m.gate.group, m.gate.heldMiB, err = emulatorGroups(); err != nil {
		return fmt.Errorf("the emulator's groups: %w", err)
	}
	if m.gate.sendsPer, err = emulatorSends(64, m.measure); err != nil {
		return fmt.Errorf("the emulator's single sends: %w", err)
	}
	return nil
}

// canned is a transport that answers every request with the same body.
type canned string

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, r.Body)
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		ContentLength: int64(len(c)), Body: io.NopCloser(bytes.NewReader([]byte(c))), Request: r,
	}, errors.Join(err, r.Body.Close())
}

// clientPut returns how long the client takes to put one message into a group
// at a provider that takes no time at all.
func clientPut() (time.Duration, error) {
	c := coolsms.New(measure.APIKey, measure.APISecret, coolsms.WithHTTPClient(&http.Client{Transport: canned(
		`{"errorCount":0,"resultList":[{"to":"01000000001","from":"0215770000","type":"SMS","country":"82",` +
			`"messageId":"M4V20260504100203A8S4D2F6G0H1J3K","statusCode":"2000","statusMessage":"정상 접수(이통사로 접수 예정) ",` +
			`"accountId":"26010100000001"}]}`)}))
	const times = 20_000
	began := time.Now()
	for range times {
		if _, err := c.Groups.Put(context.Background(), "G4V20260504100203K7P2QX9ZB4M1TNW", someMessages(0, 1)); err != nil {
			return 0, err
		}
	}
	return time.Since(began) / times, nil
}

// someMessages are n texts to numbers from the first on.
func someMessages(first, n int) []coolsms.Message {
	messages := make([]coolsms.Message, n)
	for i := range messages {
		messages[i] = coolsms.Message{
			To: fmt.Sprintf("010%08d", first+i), From: measure.Sender, Text: "[예시] 인증번호 482913", Type: coolsms.SMS,
			AutoTypeDetect: coolsms.Bool(false), CustomFields: map[string]string{"id": fmt.Sprint(first + i)},
		}
	}
	return messages
}

// emulatorGroups returns how long a group of 10,000 takes from the put to the
// answer of the send, the client's share included, and what the emulator holds
// in memory when there are ten.
func emulatorGroups() (slowest time.Duration, heldMiB float64, err error) {
	before := heap()
	emulator := sandbox.New(sandbox.WithKey(measure.APIKey, measure.APISecret), sandbox.WithBalance(1e12, 0), sandbox.WithKeep(100_000))
	defer emulator.Close()
	c := coolsms.New(measure.APIKey, measure.APISecret, coolsms.WithHTTPClient(&http.Client{Transport: emulator}))
	ctx := context.Background()
	for i := range 10 {
		group, err := c.Groups.Create(ctx, coolsms.CreateGroupParams{})
		if err != nil {
			return 0, 0, err
		}
		messages := someMessages(i*10_000, 10_000)
		began := time.Now()
		if _, err := c.Groups.Put(ctx, group.GroupID, messages); err != nil {
			return 0, 0, err
		}
		if _, err := c.Groups.Send(ctx, group.GroupID); err != nil {
			return 0, 0, err
		}
		slowest = max(slowest, time.Since(began))
	}
	heldMiB = (heap() - before) / (1 << 20)
	runtime.KeepAlive(emulator)
	return slowest, heldMiB, nil
}

// heap returns the bytes in use after a collection.
func heap() float64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}

// emulatorSends returns how many single sends a second the emulator takes over
// loopback, its callers and their signatures on the same cores.
func emulatorSends(workers int, d time.Duration) (perSecond float64, err error) {
	emulator := sandbox.New(sandbox.WithKey(measure.APIKey, measure.APISecret), sandbox.WithBalance(1e12, 0), sandbox.WithKeep(100_000))
	defer emulator.Close()
	server := httptest.NewServer(emulator)
	defer server.Close()
	var sent atomic.Int64
	failures := make(chan error, workers)
	end := time.Now().Add(d)
	began := time.Now()
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			if err := sendUntil(server.Listener.Addr().String(), end, &sent); err != nil {
				failures <- err
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	close(failures)
	return float64(sent.Load()) / took.Seconds(), <-failures
}

// sendUntil sends one text after another over one connection until the time is
// up. It speaks HTTP/1.1 by hand, as browser does.
func sendUntil(address string, end time.Time, sent *atomic.Int64) error {
	conn, err := net.Dial("tcp", address) //nolint:noctx // a loopback address, seconds before the program ends
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // all that matters has been answered
	in := bufio.NewReader(conn)
	for time.Now().Before(end) {
		body := fmt.Sprintf(`{"message":{"to":"010%08d","from":%q,"text":"[예시] 인증번호 482913","type":"SMS"}}`, sent.Add(1), measure.Sender)
		if _, err := fmt.Fprintf(conn, "POST /messages/v4/send HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			address, authorization(), len(body), body); err != nil {
			return err
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		said, err := io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("a send was answered %d: %s", answer.StatusCode, said)
		}
	}
	return nil
}

// authorization signs one request.
func authorization() string {
	date, salt := time.Now().UTC().Format(time.RFC3339), rand.Text()
	mac := hmac.New(sha256.New, []byte(measure.APISecret))
	_, _ = io.WriteString(mac, date+salt) // a hash takes everything
	return "HMAC-SHA256 apiKey=" + measure.APIKey + ", date=" + date + ", salt=" + salt + ", signature=" + hex.EncodeToString(mac.Sum(nil))
}
