package coolsms_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
)

// korea is the price of the samples to one country.
const korea = `{"countryName":"Korea, South","countryId":"82","sms":20,"lms":50,"mms":200,"ata":19,"cta":13,"rcs_sms":25,` +
	`"nsa":null,"prepaid":true,"dateCreated":"2019-07-26T08:04:59.313Z"}`

func TestPricing(t *testing.T) {
	t.Parallel()
	kr := coolsms.Price{CountryID: "82", CountryName: "Korea, South", Won: map[coolsms.MessageType]float64{
		"SMS": 20, "LMS": 50, "MMS": 200, "ATA": 19, "CTA": 13, "RCS_SMS": 25,
	}}
	for name, tt := range map[string]struct {
		answer string
		want   []coolsms.Price
	}{
		"one country": {korea, []coolsms.Price{kr}},
		"a list":      {"[" + korea + `,{"countryId":"370","sms":94.5}]`, []coolsms.Price{kr, {CountryID: "370", Won: map[coolsms.MessageType]float64{"SMS": 94.5}}}},
		"no country":  {`[]`, []coolsms.Price{}},
		"by country":  {`{"82":{"sms":20},"1":{"sms":30}}`, []coolsms.Price{{CountryID: "1", Won: map[coolsms.MessageType]float64{"SMS": 30}}, {CountryID: "82", Won: map[coolsms.MessageType]float64{"SMS": 20}}}},
		"no number":   {`{"countryId":"82","sms":"20"}`, []coolsms.Price{{CountryID: "82", Won: map[coolsms.MessageType]float64{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			mux.HandleFunc("GET /pricing/v1/messaging", func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "" || r.URL.RawQuery != "countryId=82" {
					t.Errorf("came with %q and %q", r.Header.Get("Authorization"), r.URL.RawQuery)
				}
				_, _ = io.WriteString(w, tt.answer)
			})
			got, err := c.Pricing.Messaging(t.Context(), "82")
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(coolsms.Price{}, "Raw")); err != nil || diff != "" {
				t.Error(err, diff)
			}
			for _, p := range got {
				if len(p.Raw) == 0 {
					t.Error("the raw price is missing")
				}
			}
		})
	}
}

func TestPricing_EveryListIsReadAlike(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("GET /pricing/v1/messaging/countries", clienttest.Handler(200, "["+korea+"]"))
	mux.HandleFunc("GET /pricing/v1/messaging/default", clienttest.Handler(200, "["+korea+"]"))
	for name, call := range map[string]func() ([]coolsms.Price, error){
		"countries": func() ([]coolsms.Price, error) { return c.Pricing.Countries(t.Context()) },
		"default":   func() ([]coolsms.Price, error) { return c.Pricing.Default(t.Context()) },
	} {
		got, err := call()
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		if won, ok := got[0].Of("mms"); won != 200 || !ok {
			t.Errorf("%s: an MMS costs %v, %t", name, won, ok)
		}
		if _, ok := got[0].Of(coolsms.MessageType("FAX")); ok {
			t.Errorf("%s: a fax has a price", name)
		}
	}
}

func TestPricing_RefusesWhatHasNone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `{}`, `null`, `7`, `{"82":[]}`, `[7]`} {
		c, mux := setup(t)
		mux.HandleFunc("GET /pricing/v1/messaging", clienttest.Handler(200, body))
		var lost *coolsms.CallError
		if got, err := c.Pricing.Messaging(t.Context(), ""); !errors.As(err, &lost) || lost.Status != 200 {
			t.Errorf("%q: %+v, %v", body, got, err)
		}
	}
}

func TestCash_History(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("GET /cash/v1/balance/history", func(w http.ResponseWriter, r *http.Request) {
		want := "endDate=2026-05-05T00%3A00%3A00.000Z&groupId=" + groupID + "&limit=2&offset=4&startDate=2026-05-04T00%3A00%3A00.000Z&type=MANUAL"
		if r.URL.RawQuery != want {
			t.Errorf("the query is %s", r.URL.RawQuery)
		}
		_, _ = io.WriteString(w, `[{"balanceAmount":100,"pointAmount":-100,"groupId":null,"memo":null,"rechargeMethod":null,"serviceMethod":null,`+
			`"accountId":"26010100000001","oldBalance":0,"newBalance":100,"oldPoint":300,"newPoint":200,"type":"MANUAL",`+
			`"dateCreated":"2026-05-04T10:00:00.000Z","historyId":"5d8dae3e"}]`)
	})
	got, err := c.Cash.History(t.Context(), coolsms.BalanceHistoryParams{
		Start: at(t, "2026-05-04T00:00:00Z"), End: at(t, "2026-05-05T00:00:00Z"), Type: "MANUAL", GroupID: groupID, Offset: 4, Limit: 2,
	})
	want := []coolsms.BalanceChange{{
		HistoryID: "5d8dae3e", AccountID: "26010100000001", Type: "MANUAL", BalanceAmount: 100, PointAmount: -100,
		NewBalance: 100, OldPoint: 300, NewPoint: 200, DateCreated: at(t, "2026-05-04T10:00:00Z"),
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(coolsms.BalanceChange{}, "Raw")); err != nil || diff != "" {
		t.Error(err, diff)
	}
}
