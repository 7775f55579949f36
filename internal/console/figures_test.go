package console_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/sandbox"
)

// busy returns a console with two weeks of texts behind it.
func busy(t testing.TB) *consoletest.World {
	t.Helper()
	w := consoletest.New(t, consoletest.Options{})
	w.Fill()
	return w
}

// figureIDs are the ids of texts of the pages of figures that the program puts
// together.
func figureIDs() (ids []string) {
	for kind, values := range map[string]string{
		"amount": "ms seconds minutes hours", "figure": "ms seconds minutes hours", "window": "1 7 30", "tile.before": "1 7 30",
		"chart.weekday": "0 1 2 3 4 5 6", "carrier": "SKT KTF LGT ETC none", "sender": "default second",
		"purpose": "signup login recovery number_change api notice alarm none",
		"by":      "day hour week carrier code purpose application block", "block": "none none.lead",
		"figures": "sent delivered failed entered conversion won passkeys change arrival share",
		"notice": "away away.then floor floor.then floor.do runway runway.then runway.do lapsed lapsed.then lapsed.do " +
			"ending ending.then ending.do lapsing lapsing.then lapsing.do fallen fallen.then fallen.do",
	} {
		for value := range strings.FieldsSeq(values) {
			ids = append(ids, kind+"."+value)
		}
	}
	return ids
}

func TestFigures_LookAsTheyDid(t *testing.T) {
	t.Parallel()
	w := busy(t)
	for _, language := range []string{"ko", "en"} {
		var p *consoletest.Person
		if language == "ko" {
			p = w.Owner(language)
		} else {
			p = w.Operator(language, "Mina Choi", "viewer")
		}
		for name, path := range map[string]string{
			"figures": "/?days=1", "traffic-carrier": "/traffic?by=carrier", "traffic-block": "/traffic?by=block", "traffic-day": "/traffic", "traffic-week": "/traffic?by=week&days=1",
			"senders": "/senders",
		} {
			a := p.Get(path)
			if a.Code != http.StatusOK || strings.Contains(a.Body.String(), "ZgotmplZ") {
				t.Errorf("%s answered %d, or html/template refuses a value", path, a.Code)
			}
			golden(t, name+"."+language, a.Body.String())
		}
	}
}

var (
	numberCell = regexp.MustCompile(`<td class="number[^"]*"[^>]*>([\d,]+)</td>`)
	tableRow   = regexp.MustCompile(`(?s)<tr[^>]*><th scope="row">.*?</tr>`)
)

// sums adds up the columns of whole numbers of a page's table.
func sums(t *testing.T, page string, columns int) []int {
	t.Helper()
	sum := make([]int, columns)
	for _, row := range tableRow.FindAllString(page, -1) {
		for i, cell := range numberCell.FindAllStringSubmatch(row, -1) {
			n, err := strconv.Atoi(strings.ReplaceAll(cell[1], ",", ""))
			if err != nil {
				t.Fatal(err)
			}
			if i < columns {
				sum[i] += n
			}
		}
	}
	return sum
}

// grouped writes a count as pages do.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// TestOverview_FiguresAreThoseOfTraffic holds tiles, table and reasons against one
// window, as it is told by traffic.
func TestOverview_FiguresAreThoseOfTraffic(t *testing.T) {
	t.Parallel()
	w := busy(t)
	owner := w.Owner("ko")
	for _, days := range []int{1, 7, 30} {
		page := owner.Get(fmt.Sprintf("/?days=%d", days)).Body.String()
		f, err := w.Traffic.Figures(t.Context(), traffic.Days(db.At(w.Clock.Now()), days))
		if err != nil {
			t.Fatal(err)
		}
		conversion, _ := f.Now.Conversion()
		price, _ := f.Now.WonPerSuccess()
		for _, want := range []string{
			fmt.Sprintf(">%.1f<b>%%</b>", conversion), ">" + grouped(f.Now.Sent) + "<b>건</b>", ">" + grouped(f.Now.Delivered) + "<b>건</b>",
			">" + grouped(f.Now.Failed) + "<b>건</b>", fmt.Sprintf(">%.1f<b>원</b>", price), "모두 " + grouped(f.Now.Won) + "원",
			fmt.Sprintf("패스키로 로그인해 보내지 않은 문자 %d건", f.Now.Passkeys),
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%d days: the page does not say %q", days, want)
			}
		}
		_, reasons, _ := strings.Cut(page, `id="reasons"`)
		hours := page[:len(page)-len(reasons)]
		rest := f.Now.Sent - f.Now.Entered - f.Now.Failed
		if got, want := sums(t, hours, 4), []int{f.Now.Sent, f.Now.Entered, rest, f.Now.Failed}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d days: the table adds up to %v, want %v", days, got, want)
		}
		if got := sums(t, reasons, 1)[0]; got != f.Now.Failed {
			t.Errorf("%d days: the reasons are of %d texts, want %d", days, got, f.Now.Failed)
		}
	}
}

func TestTraffic_EveryTableAddsUpToTheSame(t *testing.T) {
	t.Parallel()
	w := busy(t)
	viewer := w.Operator("en", "Mina Choi", "viewer")
	for _, days := range []int{1, 7, 30} {
		f, err := w.Traffic.Figures(t.Context(), traffic.Days(db.At(w.Clock.Now()), days))
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprint([]int{f.Now.Sent, f.Now.Delivered, f.Now.Failed, f.Now.Entered})
		for _, by := range []string{"day", "hour", "carrier", "code", "purpose", "application"} {
			page := viewer.Get(fmt.Sprintf("/traffic?days=%d&by=%s", days, by)).Body.String()
			if got := fmt.Sprint(sums(t, page, 4)); got != want {
				t.Errorf("%d days by %s: %v, want %v", days, by, got, want)
			}
		}
	}
}

// TestOverview_LeadsToTheTextsOfItsFigures: the addresses have the window and
// what narrows it.
func TestOverview_LeadsToTheTextsOfItsFigures(t *testing.T) {
	t.Parallel()
	w := busy(t)
	page := w.Owner("en").Get("/?days=7").Body.String()
	const window = "since=2026-11-16&amp;"
	const until = "until=2026-11-22T16%3A00"
	for _, want := range []string{
		`href="/results?` + window + until + `"`, `href="/results?` + window + "status=delivered&amp;" + until + `"`,
		`href="/results?code=3042&amp;` + window + until + `"`, `href="/results?` + window + "status=accepted&amp;" + until + `"`,
		`href="/results?since=2026-11-20T10%3A00&amp;until=2026-11-20T11%3A00"`,
		`href="#reasons"`, // there are two ways to fail, and one list for each
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not lead to %s", want)
		}
	}
	if page := w.Operator("en", "Mina Choi", "viewer").Get("/?days=8").Body.String(); !strings.Contains(page, window+until) {
		t.Error("a window that there is not is not the usual one")
	}
}

func TestOverview_SaysTheWorstFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		balance int64
		left    time.Duration
		want    string
	}{
		{"all is well", 412_300, 100 * 24 * time.Hour, ""},
		{"a number ends in eight days", 412_300, 8*24*time.Hour + time.Hour, ""},
		{"a number ends in seven days", 412_300, 7*24*time.Hour + time.Hour, "02-1577-0000 lapses in 7 days"},
		{"a number has lapsed", 412_300, -time.Hour, "The registration of 02-1577-0000 has ended"},
		{"money for six days", 6 * consoletest.WonPerDay, 100 * 24 * time.Hour, "The balance lasts for 6 days"},
		{"both", 6 * consoletest.WonPerDay, 25 * time.Hour, "02-1577-0000 lapses in 1 day"},
		{"a number ends today", 412_300, 12 * time.Hour, "02-1577-0000 lapses within a day"},
		{"below the floor", consoletest.BalanceFloor - 1, 24 * time.Hour, "The balance is below the floor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := consoletest.New(t, consoletest.Options{})
			w.Provider.SetMoney(sandbox.Account{Balance: c.balance})
			if err := w.Provider.Register(sandbox.Sender{PhoneNumber: consoletest.Sender, ExpireAt: w.Clock.Now().Add(c.left)}); err != nil {
				t.Fatal(err)
			}
			if err := w.Watch.Once(t.Context()); err != nil {
				t.Fatal(err)
			}
			page := w.Owner("en").Get("/").Body.String()
			if c.want == "" && strings.Contains(page, `class="alert`) || !strings.Contains(page, c.want) {
				t.Errorf("the page does not say %q, or says something", c.want)
			}
			if !strings.Contains(page, "No text was sent in this period") {
				t.Error("the page says nothing of there being no texts")
			}
		})
	}
}

// TestTraffic_MarksACarrierThatFell has a carrier's conversion fall from 90 to 70
// in a hundred, and another's from 90 to 80.
func TestTraffic_MarksACarrierThatFell(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	now := db.At(w.Clock.Now())
	w.Write(func(tx *db.Tx) {
		n := 0
		texts := func(at db.Time, carrier string, entered int) {
			for i := range 100 {
				n++
				w.Past(tx, n, at.Add(time.Duration(i)*time.Second), consoletest.Ended{Status: outbox.Delivered, Code: "4000", Carrier: carrier, Entered: i < entered})
			}
		}
		for carrier, fell := range map[string]int{"KTF": 70, "SKT": 80} {
			texts(now.Add(-50*time.Hour), carrier, 90)
			texts(now.Add(-3*time.Hour), carrier, fell)
		}
	})
	for more := true; more; {
		var err error
		if more, err = w.Traffic.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	owner := w.Owner("en")
	for _, path := range []string{"/", "/traffic"} {
		if page := owner.Get(path).Body.String(); !strings.Contains(page, "Conversion at KT has fallen") {
			t.Errorf("%s says nothing of the carrier", path)
		}
	}
	page := owner.Get("/traffic?by=carrier").Body.String()
	if n := strings.Count(page, `class="matter"`); n != 1 || !strings.Contains(page, "70.0% of late, 90.0% in the 7 days before") {
		t.Errorf("%d carriers are marked, want KT alone", n)
	}
}

// TestBlocks_TellDigitsToWhoMaySeeNumbersAlone pumps texts to a block of numbers,
// and sends a few to another: the first shows with its digits, to support, and the
// second to nobody, since few digits more would name its owner.
func TestBlocks_TellDigitsToWhoMaySeeNumbersAlone(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	now := db.At(w.Clock.Now())
	w.Write(func(tx *db.Tx) {
		for i := range 12 {
			w.Past(tx, 77_770_000+i, now.Add(-time.Duration(i)*time.Second), consoletest.Ended{Status: outbox.Delivered, Code: "4000", Carrier: "SKT", Entered: i == 0})
		}
		for i := range 9 {
			w.Past(tx, 88_880_000+i, now.Add(-time.Duration(i)*time.Second), consoletest.Ended{Status: outbox.Delivered, Code: "4000", Carrier: "SKT"})
		}
	})
	p := w.Operator("en", "Mina", operator.Support)
	a := p.Get("/traffic?by=block&days=1")
	for _, words := range []string{"010-7777", ">57.1%<", ">8.3%<", "pumping texts", `href="/results?since=2026-11-22T15%3A00`} {
		says(t, a, http.StatusOK, words)
	}
	if strings.Contains(a.Body.String(), "8888") {
		t.Error("a block with few texts shows")
	}
	a = w.Operator("en", "Vera", operator.Viewer).Get("/traffic?by=block&days=1")
	if says(t, a, http.StatusOK, "Digits hidden"); strings.Contains(a.Body.String(), "7777") {
		t.Error("who may see no numbers sees their digits")
	}
	a = p.Get("/traffic?by=carrier&days=1")
	says(t, a, http.StatusOK, "SKT")
	says(t, consoletest.New(t, consoletest.Options{}).Owner("en").Get("/traffic?by=block"), http.StatusOK, "No block of numbers")
}
