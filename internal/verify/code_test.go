package verify_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/internal/verify"
)

func TestReadCode_UnderstandsWhatPeopleTypeAndPaste(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"123456":      "123456",
		" 123 456 ":   "123456",
		"123-456":     "123456",
		"１２３４５６":      "123456",
		"012345\n":    "012345",
		"#123456":     "123456",
		"1 2 3 4 5 6": "123456",
		"코드는 123456요": "123456",
		"[Web발신]\n[한뼘책방] 인증번호 482913\n타인에게 알려주지 마세요\n@hanppyeom.example #482913": "482913",
		"[서비스24] 인증번호 482913\n@a.kr #482913":                                     "482913",
	} {
		if got, ok := verify.ReadCode(text, 6); !ok || got != want {
			t.Errorf("ReadCode(%q) = %q, %v, want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "12345", "1234567", "abcdef", "123456 or 654321?", "12345a", "숫자 없음"} {
		if got, ok := verify.ReadCode(text, 6); ok {
			t.Errorf("ReadCode(%q) = %q, want none", text, got)
		}
	}
}

func FuzzReadCode(f *testing.F) {
	for _, seed := range []string{"123456", "１２３ 456", "@a.kr #123456", "\xff123456"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		digits, ok := verify.ReadCode(text, 6)
		if !ok {
			return
		}
		if len(digits) != 6 {
			t.Fatalf("a code of %d digits", len(digits))
		}
		for _, c := range digits {
			if c < '0' || c > '9' {
				t.Fatalf("%q is no code", digits)
			}
		}
	})
}
