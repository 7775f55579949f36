package console

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/sheet"
	"github.com/sinpyo/sinpyo/internal/web"
)

// exportView is what export.html shows: what to write, how, and why.
type exportView struct {
	Page    frame
	To      string // where the form goes
	Back    string // the list
	Filters []fact
	Number  string // masked, "" for none
	CP949   bool
	Numbers bool
	Reason  string
	Error   string
}

// export asks for the reason of an export.
func (v *visit) export() error { return v.showExport(refusal{}) }

func (v *visit) showExport(why refusal) error {
	f, err := results.ReadFilter(v.r.URL.Query())
	if err != nil {
		return v.refuseFilter(err)
	}
	view := &exportView{
		Page: v.failed("title.export", why), To: addressOf(exportPath, f), Back: addressOf(resultsPath, f), Filters: v.filterFacts(f),
		CP949: v.typed("encoding") == string(results.CP949), Numbers: v.typed("numbers") != "", Reason: v.typed("reason"), Error: why.Text,
	}
	if f.Number != "" {
		if view.Number, _, err = v.results.Named(f.Number); err != nil {
			return v.refuseFilter(err)
		}
	}
	return v.show("export.html", why.code(), view)
}

// filterFacts are the filters that are set, in words.
func (v *visit) filterFacts(f results.Filter) (list []fact) {
	add := func(key, value string) {
		if value != "" {
			list = append(list, fact{v.locale.say("filter." + key), value})
		}
	}
	add("since", v.stamp(f.Since))
	add("until", v.stamp(f.Until))
	if f.Status != "" {
		add("status", v.locale.say("status."+string(f.Status)))
	}
	add("code", f.Code)
	add("purpose", v.purpose(f.Purpose))
	add("type", f.Type)
	add("sender", sender(f.Sender))
	add("application", f.ApplicationID)
	add("verification", f.VerificationID)
	return list
}

// actOnExport writes the list as CSV. Whatever is in it, that it was taken is
// recorded with the reason.
func (v *visit) actOnExport() error {
	f, err := results.ReadFilter(v.r.URL.Query())
	if err != nil {
		return v.refuseFilter(err)
	}
	act := v.act()
	e := results.Export{Korean: v.locale.name == "ko", Numbers: v.typed("numbers") != "", Act: act}
	if e.Encoding, err = results.ParseEncoding(v.typed("encoding")); err != nil {
		return v.refuseAs(err, v.showExport)
	}
	out := &download{visit: v, encoding: e.Encoding, name: "results"}
	if !e.Numbers {
		err = v.results.Keep(v.r.Context(), "messages export masked", act)
	}
	if err == nil {
		_, err = v.results.Export(v.r.Context(), out, f, e)
	}
	return out.end(err, v.showExport)
}

// giveList answers with a list as CSV, in the encoding that the form names. write
// calls row for each line of it; what it refuses before the first one is shown on
// the page that again shows.
func (v *visit) giveList(name string, heads []string, again func(refusal) error, write func(row func(...string) error) error) error {
	encoding, err := results.ParseEncoding(v.typed("encoding"))
	if err != nil {
		return v.refuseAs(err, again)
	}
	out := &download{visit: v, encoding: encoding, name: name}
	var list *sheet.Writer
	begin := func() (err error) {
		if list != nil {
			return nil
		}
		if list, err = sheet.New(out, encoding); err != nil {
			return err
		}
		words := make([]string, len(heads))
		for i, head := range heads {
			words[i] = v.locale.say(head)
		}
		return list.Row(words)
	}
	err = write(func(cells ...string) error {
		if err := begin(); err != nil {
			return err
		}
		return list.Row(cells)
	})
	if err == nil {
		err = begin()
	}
	if err == nil {
		err = list.Close()
	}
	return out.end(err, again)
}

// clock is a time of Seoul as spreadsheets read it, or nothing.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(seoul).Format("2006-01-02 15:04:05")
}

// writeFor is how long the browser may take for one piece of a file.
const writeFor = 30 * time.Second

// download answers with a file as it is written, however long that takes.
type download struct {
	*visit
	encoding results.Encoding
	name     string // of the file, without the time
	begun    bool
}

func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		h := d.w.Header()
		h.Set("Content-Type", "text/csv; charset="+d.encoding.String())
		h.Set("Content-Disposition", `attachment; filename="`+d.name+d.now().In(seoul).Format("-20060102-1504")+`.csv"`)
		d.w.WriteHeader(http.StatusOK)
	}
	// The server's own deadline is that of a page. Where there is none to set, none ends the file.
	_ = http.NewResponseController(d.w).SetWriteDeadline(d.now().Add(writeFor))
	return d.w.Write(b)
}

// end ends the answer. A refusal is a page as long as nothing was written.
func (d *download) end(err error, again func(refusal) error) error {
	switch {
	case err == nil:
		return nil
	case !d.begun:
		return d.refuseAs(err, again)
	}
	d.log.LogAttrs(d.r.Context(), slog.LevelWarn, "export ended early",
		slog.Any("error", err), slog.String("request_id", web.RequestID(d.r.Context())))
	panic(http.ErrAbortHandler) // the browser must not take half a file for a whole one
}
