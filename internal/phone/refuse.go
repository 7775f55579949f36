package phone

import (
	"errors"
	"strings"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// The refusals of Parse. None of them repeats what was written.
var (
	ErrInvalid  = fault.New(fault.Invalid, "number_invalid", "this is not a phone number: write a Korean mobile number such as 010-1234-5678")
	ErrLandline = fault.New(fault.Invalid, "number_landline", "this is a landline number, which takes no texts: write a mobile number that begins with 010")
	ErrRelay    = fault.New(fault.Invalid, "number_relay", "this is a 050 relay number, which anybody can rent: write the mobile number behind it")
	ErrVoIP     = fault.New(fault.Invalid, "number_voip", "this is a 070 internet telephone number: write a mobile number that begins with 010")
	ErrSpecial  = fault.New(fault.Invalid, "number_special", "this is a service number and no person's telephone: write a mobile number that begins with 010")
	ErrForeign  = fault.New(fault.Invalid, "number_foreign", "this is a number of another country: only Korean mobile numbers (+82 10) are served")
	ErrLegacy   = fault.New(fault.Invalid, "number_legacy", "numbers that begin with 011 or 016 to 019 are no longer in use: write the 010 number that took its place")
)

// korean is the numbering plan as far as it is needed to name a refusal: the
// digits as dialled inside the country, and how many there are. 010 is not in
// it: a good one never comes here, and another length is a slip of the finger.
var korean = []struct {
	prefix   string
	min, max int
	err      *fault.Error
}{
	{"011", 10, 11, ErrLegacy},
	{"016", 10, 11, ErrLegacy},
	{"017", 10, 11, ErrLegacy},
	{"018", 10, 11, ErrLegacy},
	{"019", 10, 11, ErrLegacy},
	{"012", 9, 12, ErrSpecial}, // data lines, pagers, machines
	{"013", 9, 12, ErrSpecial},
	{"014", 9, 12, ErrSpecial},
	{"015", 9, 12, ErrSpecial},
	{"02", 9, 10, ErrLandline}, // Seoul, then the provinces
	{"031", 9, 11, ErrLandline},
	{"032", 9, 11, ErrLandline},
	{"033", 9, 11, ErrLandline},
	{"041", 9, 11, ErrLandline},
	{"042", 9, 11, ErrLandline},
	{"043", 9, 11, ErrLandline},
	{"044", 9, 11, ErrLandline},
	{"051", 9, 11, ErrLandline},
	{"052", 9, 11, ErrLandline},
	{"053", 9, 11, ErrLandline},
	{"054", 9, 11, ErrLandline},
	{"055", 9, 11, ErrLandline},
	{"061", 9, 11, ErrLandline},
	{"062", 9, 11, ErrLandline},
	{"063", 9, 11, ErrLandline},
	{"064", 9, 11, ErrLandline},
	{"050", 10, 12, ErrRelay},
	{"070", 10, 11, ErrVoIP},
	{"030", 9, 12, ErrSpecial}, // one number for several lines
	{"060", 9, 11, ErrSpecial.Because("this is a 060 number for paid calls and no person's telephone: write a mobile number that begins with 010")},
	{"080", 9, 11, ErrSpecial}, // free for the caller
	{"14", 8, 8, ErrSpecial},   // companies
	{"15", 8, 8, ErrSpecial},
	{"16", 8, 8, ErrSpecial},
	{"17", 8, 8, ErrSpecial},
	{"18", 8, 8, ErrSpecial},
	{"1", 3, 4, ErrSpecial}, // 112, 119, 1330, and the head of a company's number
}

// refuse names what a spelling is that read has found not to be a mobile
// number. It never returns nil.
func refuse(s spelling) error {
	switch digits := string(s.digits()); {
	case s.plus && !strings.HasPrefix(digits, "82"):
		return refuseAbroad(digits)
	case s.plus:
		return refuseKorean(trunk(digits[2:]))
	case strings.HasPrefix(digits, "0082"): // and not 008, a carrier's, with 2 behind it
		return refuseKorean(trunk(digits[4:]))
	case strings.HasPrefix(digits, "00"):
		// 001, 002 and the like are dialled here, a plain 00 in most of the world.
		if prefix := carriers.FindString(digits); prefix != "" {
			if err := refuseAbroad(digits[len(prefix):]); !errors.Is(err, ErrInvalid) {
				return err
			}
		}
		return refuseAbroad(digits[2:])
	case strings.HasPrefix(digits, "82") && len(digits) >= 10: // +82 without its plus
		return refuseKorean(trunk(digits[2:]))
	default:
		return refuseKorean(digits)
	}
}

// trunk puts back the 0 that is left out after +82. Company numbers, of eight
// digits, and emergency numbers have none.
func trunk(digits string) string {
	switch {
	case strings.HasPrefix(digits, "0"),
		strings.HasPrefix(digits, "1") && (len(digits) == 8 || len(digits) <= 4):
		return digits
	default:
		return "0" + digits
	}
}

func refuseKorean(digits string) error {
	for _, k := range korean {
		if strings.HasPrefix(digits, k.prefix) && k.min <= len(digits) && len(digits) <= k.max {
			return k.err
		}
	}
	return ErrInvalid
}

// refuseAbroad names what digits are that begin with a country code.
func refuseAbroad(digits string) error {
	switch {
	case strings.HasPrefix(digits, "82"):
		return refuseKorean(trunk(digits[2:]))
	case isForeign(digits):
		return ErrForeign
	default:
		return ErrInvalid
	}
}
