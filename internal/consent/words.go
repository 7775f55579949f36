package consent

import "regexp"

// Words that a text may not hold: what a code by text proves is that somebody
// can use a number now, never who they are, and a resident registration number
// is never asked for (S-109).
var (
	sentenceEnd = regexp.MustCompile(`[.!?。]\s+|[.!?。]$|[;·]`)

	identity = regexp.MustCompile(`(?i)본인\s*인증|본인\s*확인|identity\s+(verification|check)|(verify|confirm|check)\w*\s+(your|the|their)\s+identity`)
	resident = regexp.MustCompile(`(?i)주민\s*(등록)?\s*번호|resident\s+registration\s+number`)
	// denied is how a sentence says that something is not done.
	denied = regexp.MustCompile(`(?i)않|아니|없|안\s|금지|마세요|\bnot\b|\bnever\b|\bno\b|n't\b`)
)

// forbidden returns what is wrong with a sentence, or "".
func forbidden(sentence string) string {
	if word := identity.FindString(sentence); word != "" {
		return "\"" + word + "\" may not stand in a text: a code by text proves that somebody can use the number, not who they are. Write 휴대폰 번호 인증 (verifying a mobile number)"
	}
	if word := resident.FindString(sentence); word != "" && !denied.MatchString(sentence) {
		return "\"" + word + "\" may stand only where a sentence says that it is not asked for: the law forbids to collect it"
	}
	return ""
}
