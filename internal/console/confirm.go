package console

// confirmView is what confirm.html shows: the ways to prove oneself again.
type confirmView struct {
	Page         frame
	Passkey      bool
	TOTP         bool
	Error        string // about the code
	PasskeyError string
}

// confirm asks for a proof, unless there is one of the last five minutes.
func (v *visit) confirm() error {
	if v.operators.Fresh(v.self.session) {
		return v.next(v.pageAt(v.cookies.Get(v.r, nextCookie)))
	}
	return v.showConfirm(refusal{}, refusal{})
}

func (v *visit) showConfirm(why, passkey refusal) error {
	held, err := v.operators.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	refused := why
	if why.Text == "" {
		refused = passkey
	}
	return v.show("confirm.html", refused.code(), &confirmView{
		Page:    v.failed("title.confirm", refused),
		Passkey: len(held.Passkeys) > 0 && v.operators.Passkeys(), TOTP: held.TOTP,
		Error: why.Text, PasskeyError: passkey.Text,
	})
}

// actOnConfirm makes the session fresh, with a new token.
func (v *visit) actOnConfirm() error {
	if v.typed("do") == "passkey" {
		ceremony, response := v.answer()
		s, err := v.operators.StepUp(v.r.Context(), v.self.session, ceremony, response)
		if err != nil {
			return v.refuseAs(err, func(why refusal) error { return v.showConfirm(refusal{}, why) })
		}
		return v.come(s)
	}
	again := func(why refusal) error { return v.showConfirm(why, refusal{}) }
	if v.typed("code") == "" {
		return again(v.missing("totp.empty"))
	}
	s, err := v.operators.StepUpByTOTP(v.r.Context(), v.self.session, v.typed("code"))
	if err != nil {
		return v.refuseAs(err, again)
	}
	return v.come(s)
}

// askOwnPasskey asks for a passkey of who is signed in.
func (v *visit) askOwnPasskey() error {
	return v.ask(v.operators.BeginStepUp(v.r.Context(), v.self.session))
}
