package catalogue_test

import (
	"testing"
	"testing/fstest"

	"github.com/sinpyo/sinpyo/internal/catalogue"
)

func TestRead_TakesFormsAndPlaces(t *testing.T) {
	t.Parallel()
	texts, err := catalogue.Read(fstest.MapFS{"locales/en.toml": {Data: []byte(`
"greeting.long" = "Dear {name},<br>be <b>careful</b> & <i>kind</i>"
"tries" = { one = "{n} try left", other = "{n} tries left" }
`)}}, "en")
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		texts.Say("greeting.long", "name", "Kim"): "Dear Kim,<br>be <b>careful</b> & <i>kind</i>",
		texts.Markup("greeting.long"):             "Dear {name},<br>be <b>careful</b> &amp; &lt;i&gt;kind&lt;/i&gt;",
		texts.Count("tries", 1):                   "1 try left",
		texts.Count("tries", 0):                   "0 tries left",
		texts.Say("unknown"):                      "unknown",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if texts.Has("unknown") || !texts.Has("tries") {
		t.Error("it does not know which texts it has")
	}
	if _, err := catalogue.Read(fstest.MapFS{}, "en"); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestBest_TakesTheNearestLanguage(t *testing.T) {
	t.Parallel()
	for accepted, want := range map[string]string{
		"": "ko", "en": "en", "EN-us,en;q=0.9": "en", "ko-KR": "ko", "de, en;q=0.5": "en", "fr": "ko", "en;q=0, ko": "ko", ";;;": "ko",
	} {
		if got := catalogue.Best(accepted); got != want {
			t.Errorf("%q: %s, want %s", accepted, got, want)
		}
	}
}
