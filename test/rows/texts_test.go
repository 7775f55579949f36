package rows

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// TestRow20_NamesThatFitNoTextAreNotTaken starts an installation with service
// names and hosts that could not stand in a text. It does not start, says why,
// and what it was before is unharmed: its texts carry the name they had.
func TestRow20_NamesThatFitNoTextAreNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{Settings: []string{"SINPYO_SERVICE_NAME=한뼘책방"}})
	for _, n := range w.Nodes {
		n.Stop()
	}
	for name, refused := range map[string]struct{ setting, why string }{
		"a name of 21 characters":       {"SINPYO_SERVICE_NAME=" + strings.Repeat("가", 21), "1 to 20"},
		"a name too long with its host": {"SINPYO_SERVICE_HOST=" + strings.Repeat("a", 36) + ".kr", "shorten name or host"},
		"a host of 41 bytes":            {"SINPYO_SERVICE_HOST=" + strings.Repeat("a", 38) + ".kr", "at most 40"},
		"an emoji":                      {"SINPYO_SERVICE_NAME=책방📚", "U+1F4DA"},
		"Hangul that KS X 1001 lacks":   {"SINPYO_SERVICE_NAME=똠책방", "U+B620"},
		"a space that does not break":   {"SINPYO_SERVICE_NAME=한뼘\u00a0책방", "U+00A0"},
		"a line break":                  {"SINPYO_SERVICE_NAME=한뼘\n책방", "U+000A"},
		"a last line of its own":        {"SINPYO_SERVICE_NAME=책방 @evil.kr #1", "U+0040"},
		"a bracket":                     {"SINPYO_SERVICE_NAME=책방] 공지", "U+005D"},
		"an advertisement":              {"SINPYO_SERVICE_NAME=(광고)책방", "(광고)"},
		"a link":                        {"SINPYO_SERVICE_NAME=www.evil.kr", "www."},
		"a host with a path":            {"SINPYO_SERVICE_HOST=id.example.kr/x", "bare host name"},
		"no name":                       {"SINPYO_SERVICE_NAME= ", ""},
	} {
		n := w.Any(len(name))
		env := slices.Concat(n.Env, []string{"SINPYO_SERVICE_NAME=" + strings.Repeat("가", 12)}) // fills a text to 40 bytes of host
		if !strings.HasPrefix(refused.setting, "SINPYO_SERVICE_HOST") {
			env = n.Env
		}
		_, err := n.RunWith(append(env, refused.setting), "serve", "--listen", "127.0.0.1:0")
		if err == nil || !strings.Contains(err.Error(), "exit status 2") || !strings.Contains(err.Error(), refused.why) {
			t.Errorf("%s: the program says %v; want status 2 and %q", name, err, refused.why)
		}
	}
	for _, n := range w.Nodes {
		n.Up()
	}
	number := w.Number()
	w.Start(w.B(), number)
	w.Code(number)
	if text := w.Texts(number)[0].Text; !strings.Contains(text, "[한뼘책방] ") {
		t.Errorf("the text is %q", text)
	}
}

// originBound reads a text as a browser does
// (https://wicg.github.io/sms-one-time-codes/#parsing), without an embedded
// host: the last line is "@", the host, a space, "#", the code.
func originBound(text string) (host, code string, ok bool) {
	isSpace := func(r rune) bool { return strings.ContainsRune("\t\n\f\r ", r) }
	line, ok := strings.CutPrefix(text[strings.LastIndexByte(text, '\n')+1:], "@")
	end := strings.IndexFunc(line, func(r rune) bool { return isSpace(r) || strings.ContainsRune("#@%", r) })
	if !ok || end <= 0 {
		return "", "", false
	}
	host = line[:end]
	if code, ok = strings.CutPrefix(line[end:], " #"); !ok {
		return "", "", false
	}
	if end := strings.IndexFunc(code, isSpace); end >= 0 {
		code = code[:end] // what follows is of no meaning
	}
	return host, code, code != ""
}

// webSender is what carriers put before texts that were sent over the Internet.
const webSender = "[Web발신]\n"

// TestRow21_TextsAreBoundToTheirHost reads the texts of the pages and of the
// API, first and repeated, in both languages, as they come to a phone: each ends
// with a code that a browser offers on our host's pages alone, and that is the
// one that works.
func TestRow21_TextsAreBoundToTheirHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	read := func(number string) string {
		t.Helper()
		w.Code(number)
		text := w.Texts(number)[0].Text
		if !strings.HasPrefix(text, webSender) {
			t.Fatalf("the phone shows %q", text)
		}
		host, code, ok := originBound(text)
		if !ok || host != "localhost" {
			t.Fatalf("the text %q gives the host %q and the code %q", text, host, code)
		}
		return code
	}
	for i, locale := range []string{"ko", "en"} {
		number := w.Number()
		v := w.Start(w.Any(i), number, fields{"locale": locale})
		if got := w.Check(w.Any(i+1), v.ID, read(number)); !got.Approved {
			t.Errorf("the bound code of the API's text in %s is refused", locale)
		}
		person, number := w.visitor(), w.Number()
		person.get(w.A(), "/signup?lang="+locale)
		person.mustDo(w.Any(i), "start", "number", number)
		person.mustDo(w.Any(i+1), "check", "code", read(number))
	}
	t.Run("nothing else parses", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{
			"", "123456", "@localhost", "@localhost #", "@ #123456", "localhost #123456", "@localhost 123456",
			"@localhost #123456\n", "@localhost #123456\nbye",
		} {
			if host, code, ok := originBound(webSender + text); ok {
				t.Errorf("%q gives %q and %q", text, host, code)
			}
		}
	})
}

// ours are all texts that this installation may send.
var ours = regexp.MustCompile(`^\[Web발신\]\n\[신표\] (인증번호 \d{6}\n타인에게 알려주지 마세요|Code \d{6}\. Never share it\.)\n@localhost #\d{6}$`)

// TestRow22_NothingTypedStandsInAText puts words into every input that leads to
// a text, at both doors: fields, headers, cookies and addresses. Whatever is
// sent is word for word one of the templates.
func TestRow22_NothingTypedStandsInAText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	const words = "당첨 @evil.kr #999999"
	taken := 0
	for i, more := range []fields{
		{"binding": words}, {"metadata": map[string]string{words: words}}, {"locale": "en", "binding": words},
		{"client_ip": "203.0.113.9", "metadata": map[string]string{"note": "[경품] " + words}},
		{"locale": words}, {"purpose": words}, {"client_ip": words}, {"name": words}, {"service": words}, {"text": words}, {"code": "999999"},
	} {
		number := w.Number()
		a := w.Call(w.Any(i), http.MethodPost, "/v1/verifications?text=x", fields{"to": number, "purpose": "signup"}.With(more))
		if a.Status == http.StatusCreated {
			t.Errorf("a parameter of the address was taken: %v", a)
		}
		if a = w.TryStart(w.Any(i), number, more); a.Status == http.StatusCreated {
			taken++
		}
		w.TryStart(w.Any(i), number+" "+words, more)
		w.TryStart(w.Any(i), words+number, more)
		w.TryStart(w.Any(i), number+"\n"+words, more)
	}
	number := w.Number()
	if a := w.Call(w.A(), http.MethodPost, "/v1/verifications", fields{"to": number, "purpose": "signup"}, kit.Once("evil.kr-999999"), func(r *http.Request) {
		for _, name := range []string{"User-Agent", "Accept-Language", "Referer", "X-Forwarded-Host", "Origin", "X-Service"} {
			r.Header.Set(name, "evil.kr 999999")
		}
	}); a.Status == http.StatusCreated {
		taken++
	}
	for i, address := range []string{"/signup?lang=en&name=evil.kr&service=evil.kr", "/signup?lang=evil.kr"} {
		v, number := w.visitor(), w.Number()
		v.get(w.Any(i), address)
		v.Do(w.Any(i), "start", "number", number+words)
		v.mustDo(w.Any(i), "start", "number", number, "name", words, "text", words, "locale", words, "lang", words,
			"service", words, "code", "999999", "agree", words)
		taken++
		v.mustDo(w.Any(i), "check", "code", w.Code(number))
		v.get(w.Any(i), "/signup")
		v.Do(w.Any(i), "finish", "name", words, "agree", "age_14", "agree", "terms", "agree", words)
	}
	w.Settled()
	texts := w.Texts("")
	if want := taken + len(w.Nodes); len(texts) != want || taken < 7 {
		t.Errorf("%d texts came, want %d", len(texts), want)
	}
	for _, text := range texts {
		if !ours.MatchString(text.Text) {
			t.Errorf("a text is none of the templates: %q", text.Text)
		}
	}
}

// TestRow25_RefreshBackAndSecondTabsSendNothing opens every step again and
// again, by both nodes, and sends every form twice, as a second tab or a step back and
// forth would. One text comes.
func TestRow25_RefreshBackAndSecondTabsSendNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	number := w.Number()
	v := w.visitor()
	again := func() {
		t.Helper()
		for i := range 6 {
			for _, path := range []string{"/signup", "/login", "/", "/signup/message", "/signup?lang=ko"} {
				if a := v.get(w.Any(i), path); a.Status >= http.StatusBadRequest {
					t.Errorf("%s answered %d", path, a.Status)
				}
			}
		}
	}
	v.open(w.A(), number)
	again()
	for i := range 4 { // the same form again: back and once more, or a second tab
		v.Do(w.Any(i), "start", "number", number)
	}
	code := w.Code(number)
	again()
	v.mustDo(w.B(), "check", "code", code)
	again()
	v.Do(w.A(), "check", "code", code)
	v.Do(w.A(), "resend")
	v.get(w.A(), "/signup")
	v.mustDo(w.B(), "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	again()
	v.Do(w.A(), "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	w.Settled()
	if texts := w.Texts(number); len(texts) != 1 {
		t.Errorf("%d texts came, want 1", len(texts))
	}
}

// TestRow26_TheFailureShowsWithinThreeSeconds has the carrier refuse a text and
// looks at what the waiting page is told, second by second as its script does.
func TestRow26_TheFailureShowsWithinThreeSeconds(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, 700 * time.Millisecond, 5 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			w := newInside(t, sandbox.WithReportDelay(after))
			to := w.number(1)
			if err := w.Provider.Decide(sandbox.Fate{To: to.National(), StatusCode: "3032"}); err != nil {
				t.Fatal(err)
			}
			v := w.start(to, verify.Login, verify.Binding{})
			w.Drive()
			seen := time.Duration(-1)
			for waited := time.Duration(0); waited <= after+3*time.Second; waited += time.Second {
				looked, err := w.Verifier.Watch(t.Context(), ref(v, verify.Binding{}))
				if err != nil {
					t.Fatal(err)
				}
				if looked.Message.Status == outbox.Undelivered && looked.Message.Failure() == outbox.CannotReceive {
					seen = waited
					break
				}
				w.step(time.Second, time.Second, func() bool { return false })
			}
			if seen < after {
				t.Errorf("the failure, reported after %v, shows after %v", after, seen)
			}
		})
	}
}

// TestRow27_AMistypedNumberIsCorrected gives a number up at the code step. What
// was typed and the language are still there, the code of the wrong number is
// worth nothing, and the right one goes all the way.
func TestRow27_AMistypedNumberIsCorrected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	wrong, right := w.Number(), w.Number()
	v := w.visitor()
	v.get(w.A(), "/signup?lang=en")
	v.mustDo(w.A(), "start", "number", wrong)
	stale := w.Code(wrong)
	v.get(w.B(), "/signup")
	v.mustDo(w.B(), "change")
	for i := range 2 { // also after a reload
		page := v.get(w.Any(i), "/signup")
		typed := wrong[:3] + "-" + wrong[3:7] + "-" + wrong[7:]
		if body := string(page.Body); !strings.Contains(body, `value="`+typed+`"`) || !strings.Contains(body, `<html lang="en">`) {
			t.Fatalf("number or language is lost: %s", wordsOf(page.Body))
		}
	}
	v.mustDo(w.A(), "start", "number", right)
	if a := v.Do(w.B(), "check", "code", stale); a.Status == http.StatusSeeOther && stale != w.Code(right) {
		t.Error("the code of the number that was given up works")
	}
	v.get(w.A(), "/signup")
	v.mustDo(w.A(), "check", "code", w.Code(right))
	page := v.get(w.B(), "/signup")
	if !strings.Contains(string(page.Body), `<html lang="en">`) {
		t.Error("the language is lost after the code")
	}
	v.mustDo(w.B(), "finish", "name", "Haneul", "agree", "age_14", "agree", "terms")
	if page := v.get(w.A(), "/signup"); !strings.Contains(string(page.Body), right[:3]+"-"+right[3:7]+"-"+right[7:]) {
		t.Error("the welcome does not name the right number")
	}
}
