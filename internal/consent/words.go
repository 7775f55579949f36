package consent

import (
	"regexp"
	"strings"
	"sync"
)

// wordRules are the words that a text may not hold: what a code by text proves
// is that somebody can use a number now, never who they are, and a resident
// registration number is never asked for (S-109).
type wordRules struct {
	sentenceEnd, identity, resident *regexp.Regexp

	denied *regexp.Regexp // how a sentence says that something is not done
}

// rules are made when a line first needs them.
var rules = sync.OnceValue(func() wordRules {
	return wordRules{
		sentenceEnd: regexp.MustCompile(`[.!?。]\s+|[.!?。]$|[;·]`),
		identity:    regexp.MustCompile(`(?i)본인\s*인증|본인\s*확인|identity\s+(verification|check)|(verify|confirm|check)\w*\s+(your|the|their)\s+identity`),
		resident:    regexp.MustCompile(`(?i)주민\s*(등록)?\s*번호|resident\s+registration\s+number`),
		denied:      regexp.MustCompile(`(?i)않|아니|없|(^|\s)안\s|금지|마세요|\bnot\b|\bnever\b|\bno\b|n't\b`),
	}
})

// hints are found in every line that could break a rule.
var hints = []string{"본인", "주민", "identity", "resident"}

// forbidden calls found for each sentence of a line that a text may not hold.
func forbidden(line string, found func(what string)) {
	lower := strings.ToLower(line)
	hinted := false
	for _, hint := range hints {
		hinted = hinted || strings.Contains(lower, hint)
	}
	if !hinted {
		return
	}
	r := rules()
	for _, sentence := range r.sentenceEnd.Split(line, -1) {
		if word := r.identity.FindString(sentence); word != "" {
			found("\"" + word + "\" may not stand in a text: a code by text proves that somebody can use the number, not who they are. Write 휴대폰 번호 인증 (verifying a mobile number)")
		}
		if word := r.resident.FindString(sentence); word != "" && !r.denied.MatchString(sentence) {
			found("\"" + word + "\" may stand only where a sentence says that it is not asked for: the law forbids to collect it")
		}
	}
}
