package phone

import (
	"regexp"
	"strings"
	"sync"
)

// countryCodes are the calling codes in use, Korea's apart (ITU-T, list of
// E.164 country codes assigned). A library knows each country's whole numbering
// plan; to say that a number is foreign its country is enough.
const countryCodes = `1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66
81 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237
238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269
290 291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387
389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677
678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 808 850 852 853 855 856 870 878 880 881 882 883 886 888 960 961
962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 979 992 993 994 995 996 998`

const (
	e164Most     = 15 // digits of any number with its country code (ITU-T E.164 §6)
	nationalMin  = 4  // digits behind the code; no country has fewer
	nationalNANP = 10 // exactly, behind the codes 1 and 7
)

var abroad = sync.OnceValue(func() map[string]bool {
	codes := make(map[string]bool)
	for code := range strings.FieldsSeq(countryCodes) {
		codes[code] = true
	}
	return codes
})

// carriers are what is dialled in Korea before a country code: 001, 002, 00700
// and the like, one or more of each company.
var carriers = regexp.MustCompile(`^00(?:[125689]|3(?:[46]5|91)|7(?:00|27|3|55|6[126]))`)

// isForeign reports whether digits, a country code at their head, can be a
// number of another country.
func isForeign(digits string) bool {
	for n := 1; n <= 3 && n < len(digits); n++ {
		if !abroad()[digits[:n]] {
			continue
		}
		national := len(digits) - n
		if n == 1 {
			return national == nationalNANP
		}
		return national >= nationalMin && len(digits) <= e164Most
	}
	return false
}
