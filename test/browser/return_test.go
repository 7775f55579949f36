package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/test/browser"
)

// The way back to the service somebody came from: Chromium follows the answer
// of a form to another origin only where form-action names it.
func TestReturn_LeadsBackToTheService(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844})
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><title>shop</title><link rel="icon" href="data:,"><p id="shop">back in the shop</p>`))
	}))
	t.Cleanup(shop.Close)
	back := shop.URL + "/welcome?from=signup"
	w := p.own([]string{shop.URL}, func(o *pages.Options) { o.ReturnTo = []string{back} })
	p.elsewhere = shop.URL
	p.must(p.tab.Go(p.signup + "?return_to=" + strings.NewReplacer("?", "%3F", "=", "%3D").Replace(back)))
	p.must(p.tab.Type("#number", p.number))
	p.must(p.tab.Press("main .main"))
	p.enter(w)
	p.must(p.tab.Type("#name", "김하늘"))
	p.must(p.tab.Click("#agree-age_14"))
	p.must(p.tab.Click("#agree-terms"))
	p.must(p.tab.Press("form .main"))
	p.must(p.tab.Press("a.later"))
	p.must(p.tab.See("#shop"))

	// The next time it is the answer of the form itself that leads there.
	login := strings.TrimSuffix(p.signup, "/signup") + "/login?return_to=" + strings.NewReplacer("?", "%3F", "=", "%3D").Replace(back)
	p.must(p.tab.Go(login))
	p.must(p.tab.See("#shop"))
	p.must(p.tab.Go(strings.TrimSuffix(p.signup, "/signup") + "/account"))
	p.must(p.tab.Press("header form button"))
	p.must(p.tab.Go(login))
	p.must(p.tab.Press("form .main"))
	p.must(p.tab.See("#code"))
	w.Drive()
	_, p.code, _ = strings.Cut(w.Provider.Handset(p.number)[0].Text, " #")
	p.must(p.tab.Type("#code", p.code))
	p.must(p.tab.Press("main .main"))
	p.must(p.tab.See("#shop"))
}
