package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// ownStates walks to every state of the account page and of what lies behind it.
var ownStates = []struct {
	name string
	walk func(v *visitor) answer
}{
	{"account-full", func(v *visitor) answer {
		v.second()
		v.makePasskey()
		v.makePassword()
		v.makeCodes()
		v.makeTOTP()
		v.Clock.Advance(time.Minute)
		v.see("/account/number")
		v.tell("/account/number", "/account/number", "do", "start", "number", otherNumber)
		v.see("/account/number")
		v.tell("/account/number", "/account", "do", "check", "code", v.code(plain(otherNumber)))
		return v.get("/account")
	}},
	{"name", func(v *visitor) answer { return v.get("/account/name") }},
	{"name-empty", func(v *visitor) answer {
		v.get("/account/name")
		return v.post("/account/name", "name", " ")
	}},
	{"name-done", func(v *visitor) answer {
		v.get("/account/name")
		v.tell("/account/name", "/account", "name", "김바다")
		return v.get("/account")
	}},
	{"confirm-text", func(v *visitor) answer {
		v.age()
		return v.get("/account/confirm/leave")
	}},
	{"confirm-code", func(v *visitor) answer {
		v.age()
		v.see("/account/confirm/leave")
		v.tell("/account/confirm/leave", "/account/confirm/leave", "do", "start")
		return v.get("/account/confirm/leave")
	}},
	{"confirm-password", func(v *visitor) answer {
		v.makePassword()
		v.makeCodes()
		v.age()
		return v.get("/account/confirm/codes")
	}},
	{"confirm-password-wrong", func(v *visitor) answer {
		v.makePassword()
		v.age()
		v.get("/account/confirm/codes")
		return v.post("/account/confirm/codes", "do", "prove", "by", "password", "answer", "파란 나무")
	}},
	{"confirm-passkey", func(v *visitor) answer {
		v.makePasskey()
		v.makeCodes()
		v.age()
		return v.get("/account/confirm/passkeys")
	}},
	{"confirm-passkey-refused", func(v *visitor) answer {
		v.makePasskey()
		v.age()
		v.get("/account/confirm/passkeys")
		return v.post("/account/confirm/passkeys", "do", "passkey", "ceremony", "none", "response", "{}")
	}},
	{"newnumber", func(v *visitor) answer { return v.get("/account/number") }},
	{"newnumber-landline", func(v *visitor) answer {
		v.get("/account/number")
		return v.post("/account/number", "do", "start", "number", "02-345-6789")
	}},
	{"newnumber-code", func(v *visitor) answer {
		v.get("/account/number")
		v.post("/account/number", "do", "start", "number", otherNumber)
		return v.get("/account/number")
	}},
	{"newnumber-same", func(v *visitor) answer {
		v.Clock.Advance(time.Minute)
		v.get("/account/number")
		v.tell("/account/number", "/account/number", "do", "start", "number", number)
		return v.try("/account/number", http.StatusConflict, number, "do", "check", "code", v.code(plain(number)))
	}},
	{"newnumber-taken", func(v *visitor) answer {
		v.visitor("ko").join(otherNumber, "이바다")
		v.Clock.Advance(time.Minute)
		v.get("/account/number")
		v.tell("/account/number", "/account/number", "do", "start", "number", otherNumber)
		return v.try("/account/number", http.StatusConflict, otherNumber, "do", "check", "code", v.code(plain(otherNumber)))
	}},
	{"newnumber-late", func(v *visitor) answer {
		v.Clock.Advance(time.Minute)
		v.get("/account/number")
		v.tell("/account/number", "/account/number", "do", "start", "number", otherNumber)
		code := v.code(plain(otherNumber))
		v.Clock.Advance(4*time.Minute + 50*time.Second)
		v.tell("/account/number", "/account/number", "do", "check", "code", code)
		v.proveSelf("number")
		return v.get("/account/number")
	}},
	{"undo", func(v *visitor) answer { return v.get("/undo") }},
	{"undo-code", func(v *visitor) answer {
		v.get("/undo")
		v.tell("/undo", "/undo", "do", "start", "number", otherNumber)
		return v.get("/undo")
	}},
	{"undo-none", func(v *visitor) answer {
		v.get("/undo")
		v.tell("/undo", "/undo", "do", "start", "number", otherNumber)
		return v.try("/undo", http.StatusNotFound, otherNumber, "do", "check", "code", v.code(plain(otherNumber)))
	}},
	{"passkeys-none", func(v *visitor) answer { return v.get("/account/passkeys") }},
	{"passkeys", func(v *visitor) answer {
		v.makePasskey()
		return v.get("/account/passkeys")
	}},
	{"passkeys-label", func(v *visitor) answer {
		v.makePasskey()
		page := v.get("/account/passkeys")
		_, id, _ := strings.Cut(page.body, `name="passkey" value="`)
		return v.post("/account/passkeys", "do", "rename", "passkey", id[:strings.Index(id, `"`)], "label", strings.Repeat("긴", 51))
	}},
	{"password", func(v *visitor) answer { return v.get("/account/password") }},
	{"password-empty", func(v *visitor) answer {
		v.get("/account/password")
		return v.post("/account/password", "do", "set", "password", "")
	}},
	{"password-short", func(v *visitor) answer {
		v.get("/account/password")
		return v.post("/account/password", "do", "set", "password", "가나다")
	}},
	{"password-has", func(v *visitor) answer {
		v.makePassword()
		return v.get("/account/password")
	}},
	{"totp", func(v *visitor) answer { return v.get("/account/totp") }},
	{"totp-draft", func(v *visitor) answer {
		v.get("/account/totp")
		return v.post("/account/totp", "do", "begin")
	}},
	{"totp-wrong", func(v *visitor) answer {
		v.get("/account/totp")
		v.post("/account/totp", "do", "begin")
		return v.post("/account/totp", "do", "confirm", "code", "000000")
	}},
	{"totp-has", func(v *visitor) answer {
		v.makeTOTP()
		return v.get("/account/totp")
	}},
	{"codes-none", func(v *visitor) answer { return v.get("/account/codes") }},
	{"codes", func(v *visitor) answer {
		v.makeCodes()
		return v.get("/account/codes")
	}},
	{"newcodes", func(v *visitor) answer {
		v.get("/account/codes")
		return v.post("/account/codes")
	}},
	{"sessions-alone", func(v *visitor) answer { return v.get("/account/sessions") }},
	{"sessions", func(v *visitor) answer {
		v.second()
		return v.get("/account/sessions")
	}},
	{"consents", func(v *visitor) answer { return v.get("/account/consents") }},
	{"consents-past", func(v *visitor) answer {
		v.get("/account/consents")
		v.tell("/account/consents", "/account/consents", "do", "agree", "item", "marketing_sms")
		v.Clock.Advance(time.Hour)
		v.tell("/account/consents", "/account/consents", "do", "withdraw", "item", "marketing_sms")
		return v.get("/account/consents")
	}},
	{"data", func(v *visitor) answer { return v.get("/account/data") }},
	{"leave", func(v *visitor) answer { return v.get("/account/leave") }},
	{"leave-unsure", func(v *visitor) answer {
		v.get("/account/leave")
		return v.post("/account/leave")
	}},
	{"left", func(v *visitor) answer {
		v.get("/account/leave")
		v.tell("/account/leave", "/left", "sure", "yes")
		return v.get("/left")
	}},
	{"ended-elsewhere", func(v *visitor) answer {
		o := v.second()
		o.get("/account/sessions")
		o.tell("/account/sessions", "/account", "do", "others")
		v.leads("/account", "/login")
		return v.get("/login")
	}},
}

func TestAccountPages_LookAsTheyDid(t *testing.T) {
	t.Parallel()
	for _, state := range ownStates {
		for _, language := range []string{"ko", "en"} {
			t.Run(state.name+"/"+language, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				ownGolden(t, state.name+"."+language, state.walk(w.owner(language)).body)
			})
		}
	}
}
