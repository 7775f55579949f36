package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- RFC 6238; authenticator apps know no other
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// owner is somebody at the console who may go everywhere.
type owner struct {
	client *http.Client
	url    string // of the console
	secret string // of the authenticator app
	token  string // of the forms of the last page
	proved time.Time
}

// answer is what the console said.
type answer struct {
	status   int
	location string
	kind     string // of content
	body     []byte
	took     time.Duration // from the request to the last byte
}

// newOwner has the command line invite an owner, who joins with an authenticator
// app.
func newOwner(ctx context.Context, program, consoleURL string, environment []string) (*owner, error) {
	name := "bench " + time.Now().UTC().Format("2006-01-02 15.04.05")
	cmd := exec.CommandContext(ctx, program, "admin", "create", name, "--role", "owner", "--json") //nolint:gosec // our own program
	cmd.Env = environment
	said, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("inviting an owner: %w", err)
	}
	var invited struct{ Link string }
	if err := json.Unmarshal(said, &invited); err != nil {
		return nil, err
	}
	_, code, _ := strings.Cut(invited.Link, "#")
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	o := &owner{url: consoleURL, client: &http.Client{
		Jar: jar, Timeout: 10 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, fields := range [][]string{
		{"do", "open", "code", code}, {"do", "name", "name", name}, {"do", "totp", "name", name}, {"do", "confirm", "name", name, "code", ""},
	} {
		if fields[1] == "confirm" {
			if fields[5], err = o.code(); err != nil {
				return nil, err
			}
		} else if _, err := o.get("/start"); err != nil {
			return nil, err
		}
		a, err := o.post("/start", fields...)
		if err != nil {
			return nil, err
		}
		if found := secretField.FindSubmatch(a.body); found != nil {
			o.secret = string(found[1])
		}
		if fields[1] == "confirm" && a.location != "/" {
			return nil, fmt.Errorf("joining ended with %d", a.status)
		}
	}
	o.proved = time.Now()
	return o, nil
}

var (
	secretField = regexp.MustCompile(`<dd translate="no">([A-Z2-7 ]+)</dd>`)
	tokenField  = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)
)

// code is what the authenticator app shows now (RFC 6238).
func (o *owner) code() (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(o.secret, " ", ""))
	if err != nil {
		return "", fmt.Errorf("the key of the app is not base32: %w", err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30))) // #nosec G115 -- it is after 1970
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[from:])&0x7fffffff)%1_000_000), nil
}

// prove makes the session fresh unless it was a short while ago.
func (o *owner) prove() error {
	if time.Since(o.proved) < 4*time.Minute {
		return nil
	}
	code, err := o.code() // another one than that of minutes ago
	if err != nil {
		return err
	}
	if _, err := o.get("/confirm"); err != nil {
		return err
	}
	a, err := o.post("/confirm", "code", code)
	if err == nil && a.status != http.StatusSeeOther {
		err = fmt.Errorf("the proof was answered with %d", a.status)
	}
	o.proved = time.Now()
	return err
}

func (o *owner) get(path string) (answer, error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, o.url+path, nil)
	if err != nil {
		return answer{}, err
	}
	return o.send(r, nil)
}

// post sends a form of the last page: field, value, field, value.
func (o *owner) post(path string, fields ...string) (answer, error) {
	r, err := o.form(path, fields...)
	if err != nil {
		return answer{}, err
	}
	return o.send(r, nil)
}

func (o *owner) form(path string, fields ...string) (*http.Request, error) {
	form := url.Values{"token": {o.token}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, o.url+path, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r, err
}

// send makes a request as a browser does. What is answered is kept unless there is
// another place for it.
func (o *owner) send(r *http.Request, into io.Writer) (a answer, err error) {
	r.Header.Set("Accept-Language", "ko")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	began := time.Now()
	res, err := o.client.Do(r)
	if err != nil {
		return a, err
	}
	a = answer{status: res.StatusCode, location: res.Header.Get("Location"), kind: res.Header.Get("Content-Type")}
	if strings.HasPrefix(a.kind, "text/event-stream") { // it has no end
		a.took = time.Since(began)
		return a, res.Body.Close()
	}
	var kept bytes.Buffer
	if into == nil {
		into = &kept
	}
	_, err = io.Copy(into, res.Body)
	a.took, a.body = time.Since(began), kept.Bytes()
	if found := tokenField.FindSubmatch(a.body); found != nil {
		o.token = string(found[1])
	}
	return a, errors.Join(err, res.Body.Close())
}
