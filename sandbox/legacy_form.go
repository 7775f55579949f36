package sandbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/encoding/korean"
)

// fields are the parameters of a legacy call or of one message in it. Names
// are in lower case.
type fields map[string]string

// first returns the first of several names of a parameter that has a value.
func (f fields) first(names ...string) string {
	for _, name := range names {
		if f[name] != "" {
			return f[name]
		}
	}
	return ""
}

// list reads a parameter with commas in it. Empty parts are left out.
func (f fields) list(name string) []string {
	var out []string
	for part := range strings.SplitSeq(f[name], ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// form is what a legacy call brings, wherever it stood. Of equal names the
// last wins, the body after the query: the PHP SDK repeats parameters.
type form struct {
	fields
	files map[string]string // names of uploaded files, by parameter
	parts bool              // the body was multipart
}

// parseForm reads the query and the body. The body's own type decides, because
// SDKs send either form to every call. What cannot be read is left out, and
// the call then lacks it.
func parseForm(query, contentType string, body []byte) form {
	f := form{fields: fields{}, files: map[string]string{}}
	f.addEncoded(query)
	kind, params, err := mime.ParseMediaType(contentType)
	if err == nil && kind == "multipart/form-data" {
		f.parts = true
		f.addParts(body, params["boundary"])
	} else {
		f.addEncoded(string(body))
	}
	if strings.EqualFold(strings.ReplaceAll(f.fields["charset"], "-", ""), "euckr") {
		f.decodeKorean()
	}
	return f
}

func (f *form) addEncoded(text string) {
	parsed, _ := url.ParseQuery(text) // what was readable stands in it
	for _, key := range sortedKeys(parsed) {
		f.fields[strings.ToLower(key)] = parsed[key][len(parsed[key])-1]
	}
}

var (
	partName = regexp.MustCompile(`(?i)[;\s]name="?([^";\r\n]*)`)
	partFile = regexp.MustCompile(`(?i)[;\s]filename="?([^";\r\n]*)`)
)

// addParts reads multipart/form-data by its boundary alone. mime/multipart
// would refuse what the Java SDK sends: a blank line before the first boundary
// and no closing one.
func (f *form) addParts(body []byte, boundary string) {
	if boundary == "" {
		return
	}
	body = append([]byte("\r\n"), body...) // every boundary then begins a line
	parts := bytes.Split(body, []byte("\r\n--"+boundary))
	for _, part := range parts[1:] {
		if bytes.HasPrefix(part, []byte("--")) {
			return
		}
		head, content, ok := bytes.Cut(part, []byte("\r\n\r\n"))
		name := partName.FindSubmatch(head)
		if !ok || name == nil {
			continue
		}
		key := strings.ToLower(string(name[1]))
		f.fields[key] = string(content)
		delete(f.files, key)
		if file := partFile.FindSubmatch(head); file != nil {
			f.files[key] = string(file[1])
		}
	}
}

// decodeKorean reads what was sent in EUC-KR. Files are no text.
func (f *form) decodeKorean() {
	for name, value := range f.fields {
		if name == "image" {
			continue
		}
		if decoded, err := korean.EUCKR.NewDecoder().String(value); err == nil {
			f.fields[name] = decoded
		}
	}
}

// file returns an uploaded file: bytes as they came, or base64 when
// <name>_encoding says so. ok is false when the base64 is broken.
func (f *form) file(name string) (data []byte, ok bool) {
	if !strings.EqualFold(f.fields[name+"_encoding"], "base64") {
		return []byte(f.fields[name]), true
	}
	data, err := base64.StdEncoding.DecodeString(unblank(f.fields[name]))
	return data, err == nil
}

// unblank repairs base64 whose plus signs were not escaped on the way.
func unblank(s string) string { return strings.ReplaceAll(s, " ", "+") }

// forLog is the body as the request log may keep it. A multipart body is told
// as the parameters it meant, so that secrets in it are masked like others.
func (f *form) forLog(body []byte) []byte {
	if !f.parts {
		return body
	}
	names := make([]string, 0, len(f.fields))
	for name := range f.fields {
		names = append(names, name)
	}
	slices.Sort(names)
	var out bytes.Buffer
	for i, name := range names {
		if i > 0 {
			out.WriteByte('&')
		}
		value := url.QueryEscape(clip(f.fields[name], logBody))
		if name == "image" {
			value = fmt.Sprintf("(%d bytes)", len(f.fields[name]))
		}
		out.WriteString(url.QueryEscape(name) + "=" + value)
	}
	return out.Bytes()
}
