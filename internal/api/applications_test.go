package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
)

// TestApplication_SpeaksInItsOwnName walks through a sign-up of an application that
// an operator has made: its key, its texts, its receipt.
func TestApplication_SpeaksInItsOwnName(t *testing.T) {
	t.Parallel()
	s := newService(t)
	act := app.Act{Actor: "opr_1"}
	made, err := s.Apps.Create(t.Context(), "한뼘책방", "shop.example.kr", []string{"ko", "en"}, act)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := s.Apps.CreateKey(t.Context(), made.ID, "shop backend", act)
	if err != nil {
		t.Fatal(err)
	}
	shop := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }
	id := s.mustCall(201, "POST", "/v1/verifications", `{"to":"01012345678","purpose":"signup"}`, shop).body["id"].(string)
	code := s.code("01012345678")
	want := "[Web발신]\n[한뼘책방] 인증번호 " + code + "\n타인에게 알려주지 마세요\n@shop.example.kr #" + code
	if got := s.Provider.Handset("01012345678")[0].Text; got != want {
		t.Errorf("its text is %q, want %q", got, want)
	}
	problem(t, "another's", s.call("GET", "/v1/verifications/"+id, ""), 404, "verification_not_found")

	if _, err := s.Apps.Rename(t.Context(), made.ID, "Hanppyeom", "", []string{"en"}, act); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(31 * time.Second)
	s.mustCall(200, "POST", "/v1/verifications/"+id+"/resend", "", shop)
	for worked := true; worked; {
		if worked, err = s.Outbox.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Provider.Handset("01012345678")[0].Text; !strings.HasPrefix(got, "[Web발신]\n[Hanppyeom] ") || strings.Contains(got, "@") {
		t.Errorf("after a new name its text is %q", got)
	}

	checked := s.mustCall(200, "POST", "/v1/verifications/"+id+"/check", `{"code":"`+code+`"}`, shop)
	receipt, _ := checked.body["receipt"].(string)
	if checked.body["approved"] != true || receipt == "" {
		t.Fatalf("the right code is answered %v", checked.body)
	}
	body := `{"receipt":"` + receipt + `","purpose":"signup"}`
	if res := s.call("POST", "/v1/receipts/redeem", body); res.StatusCode == 200 {
		t.Error("the built-in application redeems another's receipt")
	}
	s.mustCall(200, "POST", "/v1/receipts/redeem", body, shop)
}
