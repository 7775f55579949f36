package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// seoul is the time that people in Korea read lists in.
var seoul = time.FixedZone("KST", 9*3600) // Korea has had no summer time since 1988

// provider reads the settings and returns a client of the provider they name.
func (f settingsFlags) provider(s *shell) (*config.Config, *coolsms.Client, error) {
	settings, err := f.load(s, nil)
	if err != nil {
		return nil, nil, err
	}
	if settings.CoolSMS.APIKey == "" {
		return nil, nil, usageError{noProvider(settings.Missing())}
	}
	f.adopt(s, settings)
	return settings, newClient(settings), nil
}

// adopt puts the key that was set with provider set-key, if any, in the place of
// the settings'. It takes no database to ask the provider.
func (settingsFlags) adopt(s *shell, settings *config.Config) {
	if err := adoptPair(s.ctx, settings); err != nil {
		_, _ = fmt.Fprintf(s.err, "sinpyo: warning: the database does not say which key is in use, so that of the settings is: %v\n", err)
	}
}

// newClient returns a client with the key of the settings.
func newClient(c *config.Config) *coolsms.Client { return clientOf(c, pairOf(c)) }

// told adds to an error of the provider what a person can do about it.
func told(err error) error {
	if err == nil {
		return nil
	}
	if r := doctor.RemedyOf(err); r.Cure.English != "" {
		return fmt.Errorf("%w\n  cause: %s\n  cure:  %s", err, r.Cause.English, r.Cure.English)
	}
	return err
}

// won writes an amount of money: KRW 1,234.
func won(amount float64) string {
	text := strconv.FormatFloat(amount, 'f', -1, 64)
	sign, digits := "", text
	if strings.HasPrefix(text, "-") {
		sign, digits = "-", text[1:]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return "KRW " + sign + whole
}

// nationalDigits reads a number as a person writes it into the form that the
// provider keeps: digits alone, Korean ones in national form.
func nationalDigits(text string) (string, error) {
	if n, err := phone.Parse(text); err == nil {
		return n.National(), nil
	}
	digits := strings.NewReplacer("-", "", " ", "", ".", "").Replace(text)
	if digits == "" || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return "", errors.New("a number is written in digits, such as 010-1234-5678")
	}
	return digits, nil
}

// hidden masks a number of the provider's form: 010-****-5678.
func hidden(digits string) string {
	if n, err := phone.Parse(digits); err == nil {
		return n.String()
	}
	if len(digits) < 9 {
		return "****"
	}
	return digits[:3] + "****" + digits[len(digits)-4:]
}

// shown writes a number of the provider's form for people, in full.
func shown(digits string) string {
	if n, err := phone.Parse(digits); err == nil {
		return n.Display()
	}
	return digits
}
