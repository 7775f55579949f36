package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Languages are those that the settings are explained in.
var Languages = []string{"en", "ko"}

// in returns what is said in a language, and of the default if that does not go
// without saying.
func (s said) in(lang string) (what, def string) {
	if lang == "ko" {
		return s.ko, s.defKO
	}
	return s.en, s.defEN
}

// Reference returns the table of all settings as docs/settings.md has it, in a
// language: Markdown, a row for each.
func Reference(lang string) string {
	head, none := "| key in the file | environment | default | what it is |", "none"
	if lang == "ko" {
		head, none = "| 파일의 키 | 환경 변수 | 기본값 | 뜻 |", "없음"
	}
	var b strings.Builder
	b.WriteString(head + "\n|---|---|---|---|\n")
	sayings := sayings()
	for _, k := range keys {
		what, def := sayings[k.name].in(lang)
		switch {
		case def != "":
		case k.def == "":
			def = none
		default:
			def = "`" + k.def + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", k.name, k.env(), def, what)
	}
	return b.String()
}

// markdownLink is a link of which a file shows the text alone.
var markdownLink = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)

// Example returns a settings file that names every setting, explained in a
// language, each with its default behind a # to be taken away. Secrets are
// named and left out: they belong into files of their own.
func Example(lang string) string {
	head, instead := "# Every setting there is. Take the # away from those you change.", "a secret: set %s%s, the path of a file that holds it and nothing else"
	if lang == "ko" {
		head, instead = "# 모든 설정이에요. 바꿀 설정의 #를 지우세요.", "비밀: 그것만 든 파일의 경로를 %s%s에 넣으세요"
	}
	var b strings.Builder
	b.WriteString(head + "\n")
	sayings := sayings()
	for _, k := range keys {
		what, _ := sayings[k.name].in(lang)
		fmt.Fprintf(&b, "\n# %s\n", markdownLink.ReplaceAllString(what, "$1"))
		if k.secret() {
			fmt.Fprintf(&b, "# %s\n", fmt.Sprintf(instead, k.env(), fileSuffix))
			continue
		}
		fmt.Fprintf(&b, "#%s = %q\n", k.name, k.def)
	}
	return b.String()
}
