package face

import "strings"

// SpellSender writes a registered sender number, which the provider takes as
// bare digits, as people read it: 02-1577-0000, 1577-0000, 031-123-4567. What
// has another length stays as it is.
func SpellSender(digits string) string {
	area := 3
	switch {
	case len(digits) == 8: // a nationwide service number has no area
		return digits[:4] + "-" + digits[4:]
	case strings.HasPrefix(digits, "02"):
		area = 2
	}
	if rest := len(digits) - area; rest != 7 && rest != 8 {
		return digits
	}
	return digits[:area] + "-" + digits[area:len(digits)-4] + "-" + digits[len(digits)-4:]
}
