package coolsms

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// Do makes a signed call that this package has no method for: some services of
// the provider are documented by name alone, such as spreadsheets of messages,
// brand messages and the documents of sender numbers. The path begins with a
// slash and is escaped as in a URL; a body that is not nil goes out as JSON. It
// returns what was answered, at most 32 MiB, as it came.
//
// It is repeated, and fails, as all calls are and do. Runs of digits in the path
// are left out of logs and errors: they may be phone numbers.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body any) ([]byte, error) {
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?# ") {
		return nil, errors.New("coolsms: the path of a call begins with a slash and holds no query")
	}
	k := call{
		method: method, path: path, told: digitRun.ReplaceAllString(path, "{number}"),
		query: query, body: body, limit: maxLists,
	}
	var raw whole
	err := c.do(ctx, k, &raw)
	return raw, err
}

// digitRun is what may be a phone number in a path.
var digitRun = regexp.MustCompile(`[0-9]{7,}`)

// whole is an answer of whatever shape.
type whole []byte

func (w *whole) decode(raw []byte) error {
	*w = raw
	return nil
}
