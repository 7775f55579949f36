package pages_test

import (
	"net/http"
	"testing"
	"time"
)

// comingStates walks to the states of the pages around the hall.
var comingStates = []struct {
	name string
	walk func(v *visitor) answer
}{
	{"second-password", func(v *visitor) answer {
		v.withPasskey(v.withPassword(v.member()))
		return v.at("/login", number)
	}},
	{"second-password-wrong", func(v *visitor) answer {
		v.withPassword(v.member())
		v.at("/login", number)
		return v.do(http.StatusForbidden, "prove", "by", "password", "answer", "not this one")
	}},
	{"second-password-limited", func(v *visitor) answer {
		v.withPassword(v.member())
		v.at("/login", number)
		return v.guess("not this one")
	}},
	{"second-totp", func(v *visitor) answer {
		v.withTOTP(v.withPassword(v.member()))
		v.at("/login", number)
		return v.get("/login?by=totp")
	}},
	{"second-totp-empty", func(v *visitor) answer {
		v.withTOTP(v.member())
		v.at("/login", number)
		return v.do(http.StatusBadRequest, "prove", "by", "totp", "answer", " ")
	}},
	{"second-recovery-code", func(v *visitor) answer {
		v.withCodes(v.withPassword(v.member()))
		v.at("/login", number)
		return v.get("/login?by=recovery_code")
	}},
	{"second-recovery-code-wrong", func(v *visitor) answer {
		v.withCodes(v.withPassword(v.member()))
		v.at("/login", number)
		return v.do(http.StatusForbidden, "prove", "by", "recovery_code", "answer", "AAAA-AAAA-AAAA-AAAA")
	}},
	{"second-passkey-refused", func(v *visitor) answer {
		v.withPasskey(v.withPassword(v.member()))
		v.at("/login", number)
		return v.do(http.StatusForbidden, "passkey", "ceremony", v.ask("/passkeys/signin").Ceremony, "response", "{}")
	}},
	{"old", func(v *visitor) answer { return v.old() }},
	{"old-password", func(v *visitor) answer {
		v.old()
		return v.get("/login?by=password")
	}},
	{"old-password-wrong", func(v *visitor) answer {
		v.old()
		return v.do(http.StatusForbidden, "prove", "by", "password", "answer", "not this one")
	}},
	{"old-notmine", func(v *visitor) answer {
		v.old()
		return v.get("/login?by=not_mine")
	}},
	{"old-profile", func(v *visitor) answer {
		v.old()
		v.do(http.StatusSeeOther, "not_mine")
		return v.get("/login")
	}},
	{"blocked", func(v *visitor) answer {
		v.block(v.member())
		return v.at("/login", number)
	}},
	{"recover-number", func(v *visitor) answer { return v.get("/recover") }},
	{"recover-code", func(v *visitor) answer {
		v.door = "/recover"
		v.start(number)
		return v.get("/recover")
	}},
	{"recover-nobody", func(v *visitor) answer { return v.at("/recover", number) }},
	{"recover-old", func(v *visitor) answer {
		v.member()
		v.Clock.Advance(longAgo)
		return v.at("/recover", number)
	}},
	{"recover", func(v *visitor) answer {
		v.withPassword(v.member())
		return v.at("/recover", number)
	}},
	{"recover-wrong", func(v *visitor) answer {
		v.withPassword(v.member())
		v.at("/recover", number)
		return v.do(http.StatusForbidden, "prove", "by", "password", "answer", "not this one")
	}},
	{"recover-begun", func(v *visitor) answer {
		v.withPassword(v.member())
		v.at("/recover", number)
		v.do(http.StatusSeeOther, "wait")
		return v.get("/recover")
	}},
	{"recover-waiting", func(v *visitor) answer {
		v.withPassword(v.member())
		v.at("/recover", number)
		v.do(http.StatusSeeOther, "wait")
		v.Clock.Advance(time.Hour)
		return v.at("/recover", number)
	}},
	{"recover-service", func(v *visitor) answer {
		v.withTOTP(v.withPassword(v.member()))
		return v.at("/recover", number)
	}},
	{"newpassword", func(v *visitor) answer { return v.recovered() }},
	{"newpassword-common", func(v *visitor) answer {
		v.recovered()
		return v.post("/login/password", "password", "password1234")
	}},
	{"newpassword-short", func(v *visitor) answer {
		v.recovered()
		return v.post("/login/password", "password", "short")
	}},
	{"once", func(v *visitor) answer { return v.get("/login/once") }},
	{"once-wrong", func(v *visitor) answer {
		v.get("/login/once")
		return v.post("/login/once", "code", "AAAAA-BBBBB-CCCCC-DDDDD")
	}},
	{"renew", func(v *visitor) answer {
		v.member()
		v.renewed()
		v.at("/login", number)
		return v.get("/account/renew")
	}},
	{"renew-missing", func(v *visitor) answer {
		v.member()
		v.renewed()
		v.at("/login", number)
		v.get("/account/renew")
		return v.post("/account/renew")
	}},
	{"profile-password", func(v *visitor) answer {
		v.requiring()
		return v.at("/signup", number)
	}},
	{"profile-password-wrong", func(v *visitor) answer {
		v.requiring()
		v.at("/signup", number)
		return v.do(http.StatusBadRequest, "finish", "name", " ", "password", "0102345678", "agree", "age_14", "agree", "terms")
	}},
	{"done-passkey", func(v *visitor) answer {
		v.join(number, "김하늘")
		v.get("/signup")
		a := v.ask("/passkeys/create")
		v.post("/welcome", "ceremony", a.Ceremony, "response", string(v.phone.Create(v, a.Options)))
		return v.get("/signup")
	}},
	{"done-passkey-refused", func(v *visitor) answer {
		v.join(number, "김하늘")
		v.get("/signup")
		return v.post("/welcome", "ceremony", v.ask("/passkeys/create").Ceremony, "response", "{}")
	}},
	{"login-known-passkey", func(v *visitor) answer {
		v.remembered()
		userID, _, _, err := v.accounts.RememberedMember(v.Context(), v.cookies["__Host-device"])
		if err != nil {
			v.Fatal(err)
		}
		v.withPasskey(userID)
		return v.get("/login")
	}},
	{"login-known-passkey-refused", func(v *visitor) answer {
		v.remembered()
		return v.do(http.StatusForbidden, "passkey", "ceremony", v.ask("/passkeys/signin").Ceremony, "response", "{}")
	}},
	{"login-passkey-over", func(v *visitor) answer {
		v.door = "/login"
		v.get("/login")
		return v.do(http.StatusGone, "passkey", "ceremony", "none", "response", "{}")
	}},
}

// guess tries a wrong password until it is refused unseen.
func (v *visitor) guess(password string) answer {
	v.Helper()
	for range 30 {
		if a := v.post(v.door, "do", "prove", "by", "password", "answer", password); a.Code == http.StatusTooManyRequests {
			return a
		}
	}
	v.Fatal("guessing has no end")
	return answer{}
}

// old proves a number whose account was last proved long ago.
func (v *visitor) old() answer {
	v.Helper()
	v.withPassword(v.member())
	v.Clock.Advance(longAgo)
	return v.at("/login", number)
}

// recovered gets an account back whose password is lost.
func (v *visitor) recovered() answer {
	v.Helper()
	codes := v.withCodes(v.withPassword(v.member()))
	v.at("/recover", number)
	if a := v.do(http.StatusSeeOther, "prove", "by", "recovery_code", "answer", codes[0]); a.Header().Get("Location") != "/login/password" {
		v.Fatalf("a recovery code leads to %q", a.Header().Get("Location"))
	}
	return v.get("/login/password")
}

func TestComing_LooksAsItDid(t *testing.T) {
	t.Parallel()
	for _, state := range comingStates {
		for _, language := range []string{"ko", "en"} {
			t.Run(state.name+"/"+language, func(t *testing.T) {
				t.Parallel()
				page := state.walk(newWorld(t).visitor(language))
				golden(t, state.name+"."+language, page.body)
			})
		}
	}
}
