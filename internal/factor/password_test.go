package factor_test

import (
	"errors"
	"fmt"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// phrase returns a password of n characters that nobody guesses at once.
func phrase(n int) string {
	const text = "꽃3mwd우체국8잎사귀kh구름q"
	runes := []rune(strings.Repeat(text, n/10+1))
	for i := range runes { // no repetition
		runes[i] += rune(i / 20)
	}
	return string(runes[:n])
}

func (w *world) setPassword(userID, password string) {
	w.Helper()
	if err := w.SetPassword(w.Context(), userID, password); err != nil {
		w.Fatal(err)
	}
}

func TestSetPassword_BoundsItsLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		least, length int
		want          error
	}{
		{0, 7, factor.ErrPasswordShort},
		{0, 8, nil},
		{15, 14, factor.ErrPasswordShort},
		{15, 15, nil},
		{0, 64, nil},
		{0, 128, nil},
		{0, 129, factor.ErrPasswordLong},
		{0, 0, factor.ErrPasswordShort},
	} {
		t.Run(fmt.Sprintf("%d of %d", c.length, c.least), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *factor.Options) { o.Passwords.Least = c.least })
			password := phrase(c.length)
			if err := w.SetPassword(t.Context(), me, password); !errors.Is(err, c.want) {
				t.Fatalf("setting it: %v, want %v", err, c.want)
			}
			if w.held(me).Password != (c.want == nil) {
				t.Error("what is held is not what was answered")
			}
			if c.want != nil {
				return
			}
			if err := w.CheckPassword(t.Context(), me, password); err != nil {
				t.Errorf("checking it: %v", err)
			}
			if err := w.CheckPassword(t.Context(), me, password[:len(password)-1]); !errors.Is(err, factor.ErrWrong) {
				t.Errorf("cut by a byte: %v", err)
			}
		})
	}
}

func TestPassword_IsTheSameHoweverItsHangulWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	composed := norm.NFC.String("한강다리 밑 오리배")
	taken := norm.NFD.String(composed)
	if composed == taken {
		t.Fatal("the two forms are one")
	}
	w.setPassword(me, taken)
	if err := w.CheckPassword(t.Context(), me, composed); err != nil {
		t.Errorf("composed: %v", err)
	}
	if err := w.CheckPassword(t.Context(), me, taken); err != nil {
		t.Errorf("taken apart: %v", err)
	}
	// Three syllables are eight letters when taken apart, and three characters.
	if err := w.SetPassword(t.Context(), me, norm.NFD.String("한강돌")); !errors.Is(err, factor.ErrPasswordShort) {
		t.Errorf("three syllables: %v", err)
	}
}

func TestSetPassword_SaysWhyItRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *factor.Options) { o.Words = []string{"Sinpyo Login"} })
	own := []string{"01012345678", "김하늘 Haneul"}
	for password, want := range map[string]*fault.Error{
		"password":            factor.ErrPasswordCommon,
		"PassWord1":           factor.ErrPasswordCommon,
		"ｐａｓｓｗｏｒｄ":            factor.ErrPasswordCommon,
		"**iloveyou**":        factor.ErrPasswordCommon,
		"qwer1234":            factor.ErrPasswordCommon,
		"1q2w3e4r":            factor.ErrPasswordCommon,
		"tkfkdgkqslek":        factor.ErrPasswordCommon, // 사랑합니다
		"!!사랑합니다!!":           factor.ErrPasswordCommon,
		"aaaaaaaaa":           factor.ErrPasswordCommon,
		"ababababab":          factor.ErrPasswordCommon,
		"가나가나가나가나":            factor.ErrPasswordCommon,
		"dragondragon":        factor.ErrPasswordCommon,
		"bcdefghijkl":         factor.ErrPasswordCommon,
		"98765432":            factor.ErrPasswordCommon,
		"01012345678":         factor.ErrPasswordOwn,
		"010-1234-5678":       factor.ErrPasswordOwn,
		"+82 10 1234 5678 x":  factor.ErrPasswordOwn,
		"12345678한!":          factor.ErrPasswordOwn,
		"010-9876-5432":       factor.ErrPasswordOwn, // anybody's
		"19900102":            factor.ErrPasswordOwn,
		"1990-01-02":          factor.ErrPasswordOwn,
		"02.01.1990":          factor.ErrPasswordOwn,
		"1990010219921231":    factor.ErrPasswordOwn,
		"abc900102":           factor.ErrPasswordOwn,
		"900102-1234567":      factor.ErrPasswordOwn,
		"haneul!!!":           factor.ErrPasswordOwn,
		"Haneul19900102":      factor.ErrPasswordOwn,
		"김하늘 1234":            factor.ErrPasswordOwn,
		"신표신표신표신표":            factor.ErrPasswordCommon,
		"신표신표12!!":            factor.ErrPasswordOwn,
		"sinpyo-login":        factor.ErrPasswordOwn,
		"id.example.kr":       factor.ErrPasswordOwn,
		"열두 글자 \x00 입니다":      factor.ErrPasswordText,
		"\xff\xfeabcdefghijk": factor.ErrPasswordText,

		"한강다리 밑 오리배":               nil,
		"correct horse password":   nil, // a common word inside a longer one
		"haneul loves rivers":      nil,
		"born 1990-01-02 in Busan": nil,
		"!@#$%^&*()_+{}":           nil,
		"x7kq93zt":                 nil,
		"48120399571":              nil,
		"🐳🐬🐙🦑🦀🐟🐡🦐":                 nil,
	} {
		err := w.SetPassword(t.Context(), me, password, own...)
		if (want == nil && err != nil) || (want != nil && !errors.Is(err, want)) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}

func TestCheckPassword_TellsNotWhetherThereIsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setPassword(me, phrase(12))
	for userID, password := range map[string]string{me: phrase(13), other: phrase(12), "usr_none": ""} {
		if err := w.CheckPassword(t.Context(), userID, password); !errors.Is(err, factor.ErrWrong) {
			t.Errorf("%s: %v, want ErrWrong", userID, err)
		}
	}
	if err := w.CheckPassword(t.Context(), me, strings.Repeat("x", 1<<20)); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("a megabyte: %v, want ErrWrong", err)
	}
	if n := w.counted("sinpyo_factor_checks_total", "factor_wrong"); n != 4 {
		t.Errorf("%v wrong checks counted, want 4", n)
	}
}

func TestPassword_IsKeptAsSealedArgon2idAndRaisedAtTheNextSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setPassword(me, phrase(12))
	stored := func() string {
		t.Helper()
		sealed := query[[]byte](w, `SELECT hash_sealed FROM passwords WHERE user_id = $1`, me)
		if strings.Contains(string(sealed), "argon2") {
			t.Error("the hash is open to read")
		}
		plain, err := w.ring.Open("passwords.hash", me, sealed)
		if err != nil {
			t.Fatal(err)
		}
		return string(plain)
	}
	if got := stored(); !strings.HasPrefix(got, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("stored as %s", got)
	}
	dearer, _ := w.factors(func(o *factor.Options) { o.Passwords = factor.Passwords{} })
	if err := dearer.CheckPassword(t.Context(), me, phrase(11)); !errors.Is(err, factor.ErrWrong) {
		t.Fatal(err)
	}
	if got := stored(); !strings.Contains(got, "m=19456,t=2") {
		t.Errorf("a wrong password raised it to %s", got)
	}
	if err := dearer.CheckPassword(t.Context(), me, phrase(12)); err != nil {
		t.Fatal(err)
	}
	raised := stored()
	if !strings.HasPrefix(raised, "$argon2id$v=19$m=65536,t=3,p=1$") {
		t.Errorf("the right one left it %s", raised)
	}
	if err := w.CheckPassword(t.Context(), me, phrase(12)); err != nil || stored() != raised {
		t.Errorf("where hashes are cheaper it is not checked or made cheaper: %v", err)
	}
}

func TestNew_RefusesHashesThatAreTooCheapOrTooDear(t *testing.T) {
	t.Parallel()
	for p, want := range map[factor.Passwords]bool{
		{}:                       true,
		{MemoryMiB: 64, Time: 3}: true,
		{MemoryMiB: 46, Time: 1}: true,
		{MemoryMiB: 45, Time: 1}: false,
		{MemoryMiB: 19, Time: 2}: true,
		{MemoryMiB: 18, Time: 9}: false,
		{MemoryMiB: 1025}:        false,
		{Time: 21}:               false,
		{Time: -1}:               false,
		{Least: 7}:               false,
		{Least: 65}:              false,
		{Policy: "perhaps"}:      false,
	} {
		o := factor.Options{Passwords: p, Origin: site}
		if _, err := factor.New(o); (err == nil) != want {
			t.Errorf("%+v: %v, want it taken: %v", p, err, want)
		}
	}
}

func TestPassword_OffSetsNoneAndGoesOnAskingForThoseThatAreSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setPassword(me, phrase(12))
	off, _ := w.factors(func(o *factor.Options) { o.Passwords.Policy = factor.Off })
	if err := off.SetPassword(t.Context(), other, phrase(12)); !errors.Is(err, factor.ErrPasswordOff) {
		t.Errorf("setting one: %v", err)
	}
	held, err := off.Held(t.Context(), me)
	if err != nil || !held.Second() {
		t.Errorf("a text gets round the password that is set: %v", err)
	}
	if err := off.CheckPassword(t.Context(), me, phrase(12)); err != nil {
		t.Errorf("checking it: %v", err)
	}
	for range 2 { // the second time there is none
		if err := off.RemovePassword(t.Context(), me); err != nil {
			t.Fatal(err)
		}
	}
	if w.held(me).Second() {
		t.Error("it is still there")
	}
	if n := query[int](w, `SELECT count(*) FROM events WHERE kind = 'factor_removed'`); n != 1 {
		t.Errorf("%d events tell of its removal, want 1", n)
	}
}

// TestHashes_TakeTheirTurns holds the memory down while many check at once
// (S-49).
func TestHashes_TakeTheirTurns(t *testing.T) {
	w := newWorld(t)
	w.setPassword(me, phrase(12))
	const parallel = 50
	var wg sync.WaitGroup
	var mu sync.Mutex
	outcomes := map[string]int{}
	for i := range parallel {
		wg.Go(func() {
			err := w.CheckPassword(t.Context(), fmt.Sprintf("usr_%d", i), "whatever it is")
			mu.Lock()
			defer mu.Unlock()
			outcomes[fault.As(err).Code]++
		})
	}
	stop := make(chan struct{})
	peak := make(chan uint64)
	go func() {
		var most uint64
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	wg.Wait()
	close(stop)
	// All at once they would take 950 MiB. What is let go stays until it is
	// collected, at twice of what is in use.
	if got, most := <-peak>>20, uint64(19*(2*w.HashesAtATime()+4)); got > most {
		t.Errorf("%d checks at once took %d MiB, want at most %d", parallel, got, most)
	}
	if outcomes["factor_wrong"]+outcomes["hashing_busy"] != parallel || outcomes["factor_wrong"] == 0 {
		t.Errorf("they came to %v", outcomes)
	}
}

func TestHashes_RefuseWhoWaitsTooLongAndCountNoTry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setPassword(me, phrase(12))
	let := w.HoldHashes(time.Millisecond)
	// Whether there is a password or not, a hash is to be computed.
	if err := w.CheckPassword(t.Context(), other, phrase(12)); !errors.Is(err, factor.ErrHashing) {
		t.Errorf("a member without a password does not wait: %v", err)
	}
	for range 20 { // more than there are tries
		err := w.CheckPassword(t.Context(), me, phrase(12))
		if !errors.Is(err, factor.ErrHashing) || fault.As(err).RetryAfter <= 0 {
			t.Fatalf("waiting too long: %v", err)
		}
	}
	if err := w.SetPassword(t.Context(), me, phrase(13)); !errors.Is(err, factor.ErrHashing) {
		t.Errorf("setting one: %v", err)
	}
	let()
	if err := w.CheckPassword(t.Context(), me, phrase(12)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestChanges_AreToldInTheirAct(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *factor.Options) {
		o.Changed = func(tx *db.Tx, c factor.Change) {
			tx.Exec(`INSERT INTO consents (user_id, item, version, locale, agreed_at) VALUES ($1, $2, $3, '', $4)`,
				c.UserID, fmt.Sprint(c.Kind, c.Removed), fmt.Sprint(c.Removed), tx.Now)
		}
	})
	w.setPassword(me, phrase(12))
	if err := w.RemovePassword(t.Context(), me); err != nil {
		t.Fatal(err)
	}
	for removed, want := range map[string]int{"false": 1, "true": 1} {
		if n := query[int](w, `SELECT count(*) FROM consents WHERE user_id = $1 AND item LIKE 'password%' AND version = $2`, me, removed); n != want {
			t.Errorf("removed %s: told %d times, want %d", removed, n, want)
		}
	}
}

func TestChanges_AreRefusedWithTheirAct(t *testing.T) {
	t.Parallel()
	left := errors.New("the member has left")
	w := newWorld(t, func(o *factor.Options) {
		o.Changed = func(tx *db.Tx, c factor.Change) {
			tx.Must(1, left, `UPDATE users SET name = name WHERE id = $1`, c.UserID)
		}
	})
	if err := w.SetPassword(t.Context(), me, phrase(12)); !errors.Is(err, left) {
		t.Errorf("setting a password: %v", err)
	}
	if _, err := w.NewRecoveryCodes(t.Context(), me); !errors.Is(err, left) {
		t.Errorf("making recovery codes: %v", err)
	}
	if h := w.held(me); h.Password || h.RecoveryCodes > 0 {
		t.Errorf("something was kept: %+v", h)
	}
}

func TestCheckPassword_SaysThatAStoredHashIsDamaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, stored := range []string{
		"", "secret", "$argon2i$v=19$m=19456,t=2,p=1$AAAA$AAAA", "$argon2id$v=18$m=19456,t=2,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=19456,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=19456,t=2,p=0$AAAA$AAAA", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$",
		"$argon2id$v=19$m=19456,t=2,p=1$!$AAAA", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$!", "$argon2id$v=19$t=2$AAAA$AAAA",
	} {
		err := w.db.Update(t.Context(), func(tx *db.Tx) error {
			tx.Exec(`DELETE FROM passwords`)
			tx.Exec(`DELETE FROM factor_tries`)
			tx.Exec(`INSERT INTO passwords (user_id, hash_sealed, set_at) VALUES ($1, $2, $3)`,
				me, w.ring.Seal("passwords.hash", me, []byte(stored)), tx.Now)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = w.CheckPassword(t.Context(), me, phrase(12))
		if err == nil || fault.As(err) != nil || strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%q: %v", stored, err)
		}
	}
}
