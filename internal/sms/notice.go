package sms

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// notice is a text about an account, long and short, in both languages. It has
// no link and nothing that anybody typed; it says what happened and what to do
// if it was somebody else (S-54).
type notice struct{ ko, koShort, en, enShort template }

// notices are the texts there are, by their kind. Behind the longest name the
// short ones just fit.
var notices = map[string]notice{
	"number_changed": {
		"[{name}] 로그인 번호가 바뀌었어요. 본인이 아니면 24시간 안에 되돌리세요.", "[{name}] 번호 바뀜. 아니면 하루 안에 되돌리기",
		"[{name}] Your sign-in number changed. Not you? Undo it within 24 hours.", "[{name}] Number changed. Undo within 24 h",
	},
	"number_new": {
		"[{name}] 이 번호로 로그인하게 됐어요. 본인이 아니면 고객센터에 알려 주세요.", "[{name}] 로그인 번호 등록. 아니면 문의하세요",
		"[{name}] This is now your sign-in number. Not you? Contact us.", "[{name}] Sign-in number added. Not you?",
	},
	"recovery_begun": {
		"[{name}] 계정 복구가 시작됐어요. 본인이 아니면 로그인해서 취소하세요.", "[{name}] 복구 시작. 아니면 로그인해 취소하세요",
		"[{name}] Account recovery has begun. Not you? Sign in and cancel it.", "[{name}] Recovery begun. Not you? Cancel it",
	},
	"recovered": {
		"[{name}] 계정이 복구됐어요. 본인이 아니면 고객센터에 바로 알려 주세요.", "[{name}] 계정 복구됨. 아니면 바로 문의하세요",
		"[{name}] Your account was recovered. Not you? Contact us at once.", "[{name}] Account recovered. Not you?",
	},
	"factor_added": {
		"[{name}] 새 로그인 수단이 추가됐어요. 본인이 아니면 계정에서 지우세요.", "[{name}] 로그인 수단 추가. 아니면 지우세요",
		"[{name}] A new way to sign in was added. Not you? Remove it.", "[{name}] New sign-in factor. Not you?",
	},
	"factor_removed": {
		"[{name}] 로그인 수단이 지워졌어요. 본인이 아니면 고객센터에 알려 주세요.", "[{name}] 로그인 수단 삭제. 아니면 문의하세요",
		"[{name}] A way to sign in was removed. Not you? Contact us.", "[{name}] Sign-in factor removed. Not you?",
	},
	"password_changed": {
		"[{name}] 비밀번호가 바뀌었어요. 본인이 아니면 고객센터에 알려 주세요.", "[{name}] 비밀번호 변경. 아니면 문의하세요",
		"[{name}] Your password was changed. Not you? Contact us.", "[{name}] Password changed. Not you?",
	},
	"codes_made": {
		"[{name}] 복구 코드를 새로 만들었어요. 본인이 아니면 다시 만드세요.", "[{name}] 복구 코드 바뀜. 아니면 다시 만드세요",
		"[{name}] New recovery codes were made. Not you? Make them again.", "[{name}] New recovery codes. Not you?",
	},
	"signed_in_after_failures": {
		"[{name}] 여러 번 틀린 뒤 맞는 인증번호가 들어왔어요. 로그인 기록을 봐 주세요.", "[{name}] 여러 번 틀린 뒤 인증됨. 확인하세요",
		"[{name}] A right code came after many wrong ones. Check your sessions.", "[{name}] Code right after many wrong ones",
	},
	"locked": {
		"[{name}] 틀린 인증번호가 너무 많아 문자 로그인을 막았어요. 복구로 풀 수 있어요.", "[{name}] 문자 로그인 막힘. 복구로 풀어 주세요",
		"[{name}] Too many wrong codes: text sign-in is off until you recover.", "[{name}] Text sign-in is off: recover it",
	},
	"dormant_soon": {
		"[{name}] 오래 쓰지 않아 30일 뒤 휴면 계정이 돼요. 로그인하면 그대로예요.", "[{name}] 30일 뒤 휴면 계정. 로그인하면 유지",
		"[{name}] Unused for long: dormant in 30 days unless you sign in.", "[{name}] Dormant in 30 days: sign in",
	},
	"trial": {
		"[{name}] 시험 문자예요. 이 문자가 보이면 발신번호를 쓸 수 있어요.", "[{name}] 시험 문자예요. 답하지 마세요",
		"[{name}] A test text. If you see it, the sender number works.", "[{name}] A test text. Do not reply",
	},
	"signed_in_once": {
		"[{name}] 운영자가 만든 일회용 코드로 로그인했어요. 모르는 일이면 문의하세요.", "[{name}] 일회용 코드 로그인. 모르면 문의하세요",
		"[{name}] Signed in with a one-time code of the operator. Not you?", "[{name}] One-time code used. Not you?",
	},
}

// Notices holds the texts about accounts of one service. It is safe for
// concurrent use.
type Notices struct{ ko, en map[string]string }

// NewNotices prepares the texts of a service with that name, or returns ErrName.
func NewNotices(name string) (*Notices, error) {
	name, err := checkName(name)
	if err != nil {
		return nil, err
	}
	n := &Notices{ko: make(map[string]string, len(notices)), en: make(map[string]string, len(notices))}
	for kind, texts := range notices {
		if n.ko[kind], err = fitting(name, texts.ko, texts.koShort); err != nil {
			return nil, err
		}
		if n.en[kind], err = fitting(name, texts.en, texts.enShort); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// NoticePreviews returns each text of [NewNotices], by kind and language.
func NoticePreviews(name string) ([]Preview, error) {
	n, err := NewNotices(name)
	if err != nil {
		return nil, err
	}
	var all []Preview
	for _, kind := range slices.Sorted(maps.Keys(notices)) {
		for _, locale := range []string{"ko", "en"} {
			long := notices[kind].ko
			if locale == "en" {
				long = notices[kind].en
			}
			p := Preview{Locale: locale, Text: n.Text(kind, locale)}
			if p.Bytes, err = Bytes(p.Text); err != nil {
				return nil, err
			}
			if p.Long, err = Bytes(strings.Replace(string(long), "{name}", name, 1)); err != nil {
				return nil, err
			}
			all = append(all, p)
		}
	}
	return all, nil
}

// fitting fills the first of two templates whose text is not too long.
func fitting(name string, long, short template) (string, error) {
	var text string
	for _, t := range []template{long, short} {
		text = strings.Replace(string(t), "{name}", name, 1)
		n, err := Bytes(text)
		if err != nil {
			return "", err
		}
		if n <= MaxBytes {
			return text, nil
		}
	}
	return "", ErrTooLong.Because(fmt.Sprintf("with the name %q the text %q is too long", name, text))
}

// Text returns the text of a kind of notice, in the language of locale: English
// for "en", else Korean. It is "" for a kind that is not texted.
func (n *Notices) Text(kind, locale string) string {
	if locale == "en" {
		return n.en[kind]
	}
	return n.ko[kind]
}
