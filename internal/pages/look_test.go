package pages_test

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// dressed is the pages in an operator's look, or why they are refused.
func dressed(look pages.Look) error {
	_, err := pages.New(pages.Options{
		Verify: new(verify.Verifier), Accounts: new(account.Accounts), Challenges: new(challenge.Challenges),
		Consents: consent.New(consent.Options{}), Factors: new(factor.Factors), Now: time.Now, ServiceName: "한뼘책방", Look: look,
	})
	return err
}

// file writes a file of a test and returns its path.
func file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var token = regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6});`)

// sheet returns the colours of the brand's style sheet, by token.
func sheet(t *testing.T, brand string) map[string]string {
	t.Helper()
	v := newWorld(t, func(o *pages.Options) { o.Look.Brand = brand }).visitor("ko")
	path := regexp.MustCompile(`/assets/brand-[0-9a-f]{12}\.css`).FindString(v.get("/signup").body)
	a := v.get(path)
	if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Fatalf("%q answered %d", path, a.Code)
	}
	colours := map[string]string{}
	for _, found := range token.FindAllStringSubmatch(a.body, -1) {
		colours[found[1]] = found[2]
	}
	return colours
}

// seen is how well a colour is seen on another, by the definition of WCAG 2.2.
func seen(t *testing.T, a, b string) float64 {
	t.Helper()
	light := func(colour string) float64 {
		n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
		if err != nil {
			t.Fatalf("%q is no colour", colour)
		}
		sum := 0.0
		for i, part := range []float64{0.0722, 0.7152, 0.2126} {
			c := float64(n>>(8*i)&0xff) / 255
			if c <= 0.04045 {
				sum += part * c / 12.92
			} else {
				sum += part * math.Pow((c+0.055)/1.055, 2.4)
			}
		}
		return sum
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Whatever the brand, words in it and on it can be read.
func TestBrand_IsReadable(t *testing.T) {
	t.Parallel()
	for _, brand := range []string{
		"#256ef4", "#000000", "#ffffff", "#ffde00", "#03c75a", "#ff0000", "#7f7f7f", "#00ffff", "#1e2124", "#767676", "#f7931e",
	} {
		t.Run(brand, func(t *testing.T) {
			t.Parallel()
			c := sheet(t, brand)
			if c["brand"] != brand {
				t.Errorf("the brand is %s", c["brand"])
			}
			for _, pair := range [][2]string{
				{c["on-brand"], c["brand"]}, {"#ffffff", c["brand-2"]}, {c["brand-2"], "#f4f5f6"},
				{c["brand-ink"], "#ffffff"}, {"#1e2124", c["brand-soft"]},
			} {
				if got := seen(t, pair[0], pair[1]); got < 4.5 {
					t.Errorf("%s on %s has a contrast of %.2f", pair[0], pair[1], got)
				}
			}
			if brand != "#000000" && c["brand-2"] == brand {
				t.Error("a button does not show that it is pointed at")
			}
		})
	}
}

func TestBrand_WarnsOfALittleContrast(t *testing.T) {
	t.Parallel()
	for brand, want := range map[string]int{"": 0, "#256ef4": 0, "#0b50d0": 0, "#767676": 0, "#777777": 1, "#ffde00": 1} {
		if got := (pages.Look{Brand: brand}).Warnings(); len(got) != want {
			t.Errorf("%s: %q", brand, got)
		}
	}
}

func TestLook_IsOursUnlessItIsSet(t *testing.T) {
	t.Parallel()
	page := newWorld(t).visitor("ko").get("/signup").body
	if strings.Contains(page, "/assets/brand") || strings.Contains(page, "/assets/logo") {
		t.Error("the page has a look of its own")
	}
}

func TestSupport_IsLinkedWhereItIsNeeded(t *testing.T) {
	t.Parallel()
	v := newWorld(t, func(o *pages.Options) { o.Look.Support = "tel:0212345678" }).visitor("ko")
	if n := strings.Count(v.get("/signup").body, `<a href="tel:0212345678">고객센터</a>`); n != 1 {
		t.Errorf("the first page names it %d times", n)
	}
	v.start(number)
	if n := strings.Count(v.get("/signup").body, `<a href="tel:0212345678">고객센터</a>`); n != 2 {
		t.Errorf("the page that waits names it %d times", n)
	}
}

func TestLogo_StandsForTheName(t *testing.T) {
	t.Parallel()
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	for kind, body := range map[string][]byte{
		"image/png":     drawn.Bytes(),
		"image/webp":    []byte("RIFF\x1a\x00\x00\x00WEBPVP8L"),
		"image/svg+xml": []byte("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
	} {
		path := file(t, "anything", body)
		v := newWorld(t, func(o *pages.Options) { o.Look.Logo = path }).visitor("ko")
		found := regexp.MustCompile(`<img src="(/assets/logo-[0-9a-f]{12}\.[a-z]+)" alt="한뼘책방">`).FindStringSubmatch(v.get("/signup").body)
		if found == nil {
			t.Fatalf("%s: the page shows no logo", kind)
		}
		a := v.get(found[1])
		if a.body != string(body) || a.Header().Get("Content-Type") != kind || !strings.HasPrefix(a.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s answered %d as %s", found[1], a.Code, a.Header().Get("Content-Type"))
		}
	}
}

func TestLook_RefusesWhatItCannotShow(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		look pages.Look
		want string
	}{
		"no colour":     {pages.Look{Brand: "blue"}, `the brand colour: "blue" is no colour such as #256ef4`},
		"half a colour": {pages.Look{Brand: "#fff"}, `"#fff" is no colour`},
		"a sign":        {pages.Look{Brand: "#+12345"}, `"#+12345" is no colour`},
		"no file":       {pages.Look{Logo: "/nowhere/logo.svg"}, "reading the logo: stat /nowhere/logo.svg"},
		"no picture":    {pages.Look{Logo: file(t, "logo.svg", []byte("hello"))}, "logo.svg is no SVG, PNG or WebP"},
		"a broken one":  {pages.Look{Logo: file(t, "logo.png", []byte("\x89PNG\r\n\x1a\nxx"))}, "logo.png is a broken PNG"},
		"a large one":   {pages.Look{Logo: file(t, "logo.svg", make([]byte, 64<<10+1))}, "has 65537 bytes: at most 65536"},
	} {
		if err := dressed(tt.look); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
