package console

import (
	"cmp"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/sheet"
)

// recordsView is what records.html shows: what operators did.
type recordsView struct {
	Page   frame
	Error  string
	Picks  []pick
	Typed  []typedFilter
	Until  string
	Open   bool // something behind the fold is set
	Any    bool // nothing narrows the list
	Chain  chainView
	Rows   []recordLine
	First  string
	Next   string
	CSV    string // "" for who may not have it
	Verify string // where the records are walked
}

// chainView is how the chain of the records stands.
type chainView struct {
	State chip
	Facts []fact
	Mark  string // of the newest record, to be noted elsewhere
}

// recordLine is one record.
type recordLine struct {
	Number           int64
	Date, Time       string
	Actor, From      string
	Act, Raw         string // in words, and as it is kept
	Subject, Path    string // what it was about; where that is shown
	Person, PathMore string // whose data
	Detail           string
}

// acts are the words that acts begin with, as the filter offers them.
var acts = []string{"admin", "applications", "keys", "provider", "senders", "users", "messages", "consents", "limits", "leak", "audit", "erase"}

// doers are those who are no operators and leave records.
var doers = []string{"command line", "server", "retention", "unknown"}

// recordList shows the records that pass the filter of the address.
func (v *visit) recordList() error {
	q := v.r.URL.Query()
	if hasEmpty(q) {
		return v.next(recordsAt(recordsPath, q, ""))
	}
	return v.showRecords(q, refusal{})
}

// recordKeys are the fields of the address that narrow the list.
var recordKeys = []string{"since", "until", "actor", "act", "subject", "person"}

// recordsAt is the address of a page about the records that pass the filter of
// another.
func recordsAt(path string, q url.Values, before string) string {
	fields := []string{"before", before}
	for _, key := range recordKeys {
		fields = append(fields, key, strings.TrimSpace(q.Get(key)))
	}
	return link(path, fields...)
}

// readRecords reads the filter of an address. Times are read as the list of texts
// reads them.
func readRecords(q url.Values) (f audit.Filter, err error) {
	times, err := results.ReadFilter(url.Values{"since": q["since"], "until": q["until"]})
	if err != nil {
		return f, err
	}
	f = audit.Filter{Actor: q.Get("actor"), Act: q.Get("act"), Subject: q.Get("subject"), Person: q.Get("person"), Most: rowsOnPage}
	if !times.Since.IsZero() {
		f.Since = db.At(times.Since)
	}
	if !times.Until.IsZero() {
		f.Until = db.At(times.Until)
	}
	if before := q.Get("before"); before != "" {
		if f.Before, err = strconv.ParseInt(before, 10, 64); err != nil || f.Before < 1 {
			return f, outbox.ErrCursor
		}
	}
	return f, nil
}

func (v *visit) showRecords(q url.Values, why refusal) error {
	f, err := readRecords(q)
	if err != nil {
		return v.refuseAs(err, func(why refusal) error {
			v.r.URL.RawQuery = ""
			return v.showRecords(url.Values{}, why)
		})
	}
	ctx := v.r.Context()
	names, err := v.operators.Names(ctx)
	if err != nil {
		return err
	}
	view := &recordsView{
		Page: v.failed("title.records", why), Error: why.Text, Any: recordsAt("", q, "") == "", Verify: recordsPath,
	}
	if view.Chain, err = v.chainView(); err != nil {
		return err
	}
	list, more, err := v.records.List(ctx, f)
	if err != nil {
		return err
	}
	for _, k := range list {
		view.Rows = append(view.Rows, v.recordLine(k, names))
	}
	v.recordFilter(view, q, f, names)
	if f.Before != 0 {
		view.First = recordsAt(recordsPath, q, "")
	}
	if more {
		view.Next = recordsAt(recordsPath, q, strconv.FormatInt(list[len(list)-1].Number, 10))
	}
	if v.may(recordsCSVPath) {
		view.CSV = recordsAt(recordsCSVPath, q, "")
	}
	return v.show("records.html", why.code(), view)
}

// recordFilter fills in the form of the filter.
func (v *visit) recordFilter(view *recordsView, q url.Values, f audit.Filter, names map[string]string) {
	period := v.period(moment(f.Since))
	actor, act := v.pick("actor", f.Actor), v.pick("act", f.Act)
	byName := func(a, b string) int { return cmp.Compare(names[a], names[b]) }
	for _, id := range slices.SortedFunc(maps.Keys(names), byName) {
		actor.add(id, names[id])
	}
	for _, doer := range doers {
		actor.add(doer, v.doer(doer, names))
	}
	for _, a := range acts {
		act.add(a, v.locale.say("acts."+a))
	}
	view.Picks = []pick{period, actor.done(), act.done()}
	for _, t := range []typedFilter{{"subject", "filter.subject", q.Get("subject")}, {"person", "filter.person", q.Get("person")}} {
		t.Name = v.locale.say(t.Name)
		view.Typed = append(view.Typed, t)
		view.Open = view.Open || t.Value != ""
	}
	if f.Until != 0 {
		view.Until = f.Until.Std().In(seoul).Format("2006-01-02T15:04")
		view.Open = true
	}
}

// doer is who did something, in words.
func (v *visit) doer(actor string, names map[string]string) string {
	if name, ok := names[actor]; ok {
		return name
	}
	if id := "doer." + strings.ReplaceAll(actor, " ", "_"); v.locale.has(id) {
		return v.locale.say(id)
	}
	return actor
}

// actWords is what was done, in words; "" for what the catalogue does not know.
func (v *visit) actWords(act string) string {
	if id := "act." + strings.NewReplacer(" ", "_", "-", "_").Replace(act); v.locale.has(id) {
		return v.locale.say(id)
	}
	return ""
}

func (v *visit) recordLine(k audit.Kept, names map[string]string) recordLine {
	at := moment(k.At).In(seoul)
	line := recordLine{
		Number: k.Number, Date: at.Format("01-02"), Time: at.Format("15:04:05"),
		Actor: v.doer(k.Actor, names), From: v.doer(k.From, nil), Act: v.actWords(k.Act), Raw: k.Act,
		Subject: k.Subject, Path: v.subjectPath(k.Subject), Person: k.Person, PathMore: v.subjectPath(k.Person), Detail: k.Detail,
	}
	if at.Year() != v.now().In(seoul).Year() {
		line.Date = at.Format("2006-01-02")
	}
	if line.Act == "" {
		line.Act, line.Raw = k.Act, ""
	}
	if name, ok := names[k.Subject]; ok {
		line.Subject = name
	}
	return line
}

// subjectPath leads to what a record is about, where a page of its own shows that.
func (v *visit) subjectPath(subject string) string {
	kind, _, _ := strings.Cut(subject, "_")
	page, ok := map[string]string{"opr": operatorsPath, "msg": resultsPath, "usr": "/members"}[kind]
	if !ok || !v.may(page+"/{id}") {
		return ""
	}
	return page + "/" + url.PathEscape(subject)
}

// chainView tells what is known of the chain: what a walk through it found that
// was asked of this program last, and up to where the master key vouches for it.
func (v *visit) chainView() (c chainView, err error) {
	newest, sealed, err := v.records.Marks(v.r.Context())
	if err != nil && !errors.Is(err, audit.ErrChain) {
		return c, err
	}
	say := v.locale.say
	add := func(name, value string) { c.Facts = append(c.Facts, fact{say(name), value}) }
	add("chain.count", v.locale.count("chain.records", int(newest.Number), "n", grouped(int(newest.Number))))
	c.State = chip{Text: say("chain.unverified")}
	if last := v.records.Last(); last.At != 0 {
		c.State = v.verdictOn(last)
		add("chain.verified", v.stamp(last.At.Std()))
	}
	switch {
	case err != nil:
		c.State = chip{Tone: "danger", Text: say("chain.unsealed")}
	case sealed.Number > 0:
		add("chain.sealed", v.locale.say("chain.upto", "n", grouped(int(sealed.Number))))
	default:
		add("chain.sealed", say("chain.sealed.none"))
	}
	if newest.Number > 0 {
		c.Mark = newest.String()
	}
	return c, nil
}

// verdictOn tells what a walk has found.
func (v *visit) verdictOn(found audit.Verdict) chip {
	say, n := v.locale.say, grouped(int(found.Broken))
	switch {
	case found.Whole():
		return chip{Tone: "ok", Text: say("chain.whole")}
	case found.Broken == 0:
		return chip{Tone: "danger", Text: say("chain.unsealed")}
	case found.Missing > 0 && found.Broken > found.Count:
		return chip{Tone: "danger", Text: say("chain.missing", "n", n, "missing", grouped(int(found.Missing)))}
	}
	return chip{Tone: "danger", Text: say("chain.broken", "n", n)}
}

// verifyRecords walks the chain.
func (v *visit) verifyRecords() error {
	if _, err := v.records.Verify(v.r.Context()); err != nil {
		return err
	}
	v.tell("news.records.verified")
	return v.next(recordsPath)
}

// recordsCSVView is what recordscsv.html shows.
type recordsCSVView struct {
	Page     frame
	To, Back string
	Filters  []fact
	CP949    bool
	Reason   string
	Error    string
}

// recordsCSV asks for the reason of an export.
func (v *visit) recordsCSV() error { return v.showRecordsCSV(refusal{}) }

func (v *visit) showRecordsCSV(why refusal) error {
	q := v.r.URL.Query()
	if _, err := readRecords(q); err != nil {
		return v.next(recordsPath)
	}
	view := &recordsCSVView{
		Page: v.failed("title.records.csv", why), To: recordsAt(recordsCSVPath, q, ""), Back: recordsAt(recordsPath, q, ""),
		CP949: v.typed("encoding") == string(sheet.CP949), Reason: v.typed("reason"), Error: why.Text,
	}
	for _, key := range recordKeys {
		if value := q.Get(key); value != "" {
			view.Filters = append(view.Filters, fact{v.locale.say("filter." + key), value})
		}
	}
	return v.show("recordscsv.html", why.code(), view)
}

// recordHeads are the heads of the export.
var recordHeads = []string{
	"records.number", "records.when", "records.who", "records.id", "records.from", "records.what", "records.about", "records.person", "records.detail",
}

// actOnRecordsCSV writes the records as CSV, which is recorded itself.
func (v *visit) actOnRecordsCSV() error {
	f, err := readRecords(v.r.URL.Query())
	if err != nil {
		return v.refuseAs(err, v.showRecordsCSV)
	}
	names, err := v.operators.Names(v.r.Context())
	if err != nil {
		return err
	}
	return v.giveList("records", recordHeads, v.showRecordsCSV, func(row func(...string) error) error {
		return v.records.Each(v.r.Context(), f, v.act(), func(k audit.Kept) error {
			return row(strconv.FormatInt(k.Number, 10), clock(moment(k.At)), v.doer(k.Actor, names), k.Actor, k.From, k.Act, k.Subject, k.Person, k.Detail)
		})
	})
}
