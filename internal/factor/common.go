package factor

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
)

// commonFile is made by scripts/common-passwords; common/VENDORED.md says of
// what.
//
//go:embed common/common.txt.gz
var commonFile []byte

// commonKorean are passwords that the list, which is not from here, lacks: words
// typed as Hangul with the keyboard set to Latin, and rows of a Korean keyboard.
var commonKorean = []string{
	"dkssudgktpdy", "dkssud", "tkfkdgo", "tkfkdgody", "tkfkdgkqslek", "qlalfqjsgh", "dkagh", "eogksalsrnr", "gksrnr",
	"eoqkr", "godqhr", "rkskekfk", "wjdqh", "rhksflwk", "rlaclzls", "ekdtls", "skwkddl", "dmlduddl", "dlwlgns",
	"비밀번호", "안녕하세요", "사랑해", "사랑해요", "사랑합니다", "대한민국", "가나다라마바사", "가나다라마바사아", "행복하세요",
}

// commonPasswords is the list, sorted. It is unpacked at its first use.
var commonPasswords = sync.OnceValue(func() []string {
	unpacked, err := gzip.NewReader(bytes.NewReader(commonFile))
	if err != nil {
		panic("the list of common passwords is damaged: " + err.Error()) // it is part of the program
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		panic("the list of common passwords is damaged: " + err.Error())
	}
	list := append(strings.Split(strings.TrimSpace(string(text)), "\n"), commonKorean...)
	slices.Sort(list)
	return list
})

// common reports whether a folded text is on the list.
func common(text string) bool {
	_, found := slices.BinarySearch(commonPasswords(), text)
	return found
}
