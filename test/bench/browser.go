package main

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// browser is a person at the sign-up pages: one kept connection and two
// cookies. It speaks HTTP/1.1 by hand, because it shares two cores with what
// it measures.
type browser struct {
	address string // host:port of the server
	conn    net.Conn
	in      *bufio.Reader
	secret  string // of the flow cookie; like a browser's, it outlives a sign-up
	flow    string // the flow cookie
	session string // the session cookie
	from    string // its address, as a proxy tells it; "" for none
}

// newBrowser returns a browser that has been to the pages before and holds the
// flow cookie they gave it. The cookie's form is that of internal/pages.
func newBrowser(address string) *browser {
	b := &browser{address: address, secret: rand.Text() + rand.Text()}
	b.forget()
	return b
}

// forget makes the browser ready for another person's sign-up.
func (b *browser) forget() { b.flow, b.session = "."+b.secret, "" }

// token is what the forms of this browser carry.
func (b *browser) token() string {
	sum := sha256.Sum256([]byte("sinpyo form " + b.secret))
	return hex.EncodeToString(sum[:16])
}

// post sends the form of one step and wants to be sent on to the next.
func (b *browser) post(do string, fields url.Values) error {
	status, _, err := b.try(do, fields)
	if err == nil && status != http.StatusSeeOther {
		err = fmt.Errorf("%s was answered %d", do, status)
	}
	return err
}

// try sends the form of one step and returns the status, and the page that came
// with one that leads nowhere.
func (b *browser) try(do string, fields url.Values) (status int, page string, err error) {
	fields.Set("do", do)
	fields.Set("token", b.token())
	body := fields.Encode()
	headers := fmt.Sprintf(
		"Origin: http://%s\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n",
		b.host(), len(body))
	if b.from != "" {
		headers += "X-Forwarded-For: " + b.from + "\r\n"
	}
	return b.send("POST", headers, body)
}

// get reads the page where the sign-up stands.
func (b *browser) get() error {
	status, _, err := b.send("GET", "", "")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the page was answered %d", status)
	}
	return err
}

// host is the server's address by the name that its cookies are for.
func (b *browser) host() string {
	_, port, _ := strings.Cut(b.address, ":")
	return "localhost:" + port
}

// send makes one request for /signup and keeps the cookies of the answer.
func (b *browser) send(method, headers, body string) (status int, page string, err error) {
	if b.conn == nil {
		conn, err := net.Dial("tcp", b.address) //nolint:noctx // a loopback address, seconds before the program ends
		if err != nil {
			return 0, "", err
		}
		b.conn, b.in = conn, bufio.NewReader(conn)
	}
	cookies := "flow=" + b.flow
	if b.session != "" {
		cookies += "; session=" + b.session
	}
	err = b.conn.SetDeadline(time.Now().Add(30 * time.Second))
	if err == nil {
		_, err = io.WriteString(b.conn, method+" /signup HTTP/1.1\r\nHost: "+b.host()+"\r\nCookie: "+cookies+
			"\r\nUser-Agent: Mozilla/5.0 (Linux; Android 16) Chrome/142.0 Mobile\r\nAccept-Language: ko\r\n"+headers+"\r\n"+body)
	}
	if err != nil {
		return 0, "", errors.Join(err, b.close())
	}
	answer, err := http.ReadResponse(b.in, nil)
	if err != nil {
		return 0, "", errors.Join(err, b.close())
	}
	var read strings.Builder
	keep := io.Discard
	if answer.StatusCode >= http.StatusBadRequest {
		keep = &read
	}
	_, err = io.Copy(keep, answer.Body)
	err = errors.Join(err, answer.Body.Close())
	for _, c := range answer.Cookies() {
		switch c.Name {
		case "flow":
			b.flow = c.Value
		case "session":
			b.session = c.Value
		}
	}
	return answer.StatusCode, read.String(), err
}

// close ends the connection; the next request makes another.
func (b *browser) close() error {
	if b.conn == nil {
		return nil
	}
	err := b.conn.Close()
	b.conn = nil
	return err
}
