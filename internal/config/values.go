package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The functions of this file read one text each. An error goes on where the
// name of the setting ends, and quotes no secret.

// plain reads any text.
func plain(field func(*Settings) *string) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		*field(s) = text
		return nil
	}
}

// secret reads any text and hides it.
func secret(field func(*Settings) *Secret) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		*field(s) = Secret(text)
		return nil
	}
}

// listener reads an address to listen at, or "" for none.
func listener(field func(*Settings) *string) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		*field(s) = text
		if text == "" {
			return nil
		}
		_, port, err := net.SplitHostPort(text)
		if err == nil {
			_, err = strconv.ParseUint(port, 10, 16)
		}
		if err != nil {
			return fmt.Errorf("must be host:port, such as 127.0.0.1:8080, or empty; got %q", text)
		}
		return nil
	}
}

// count reads a whole number between least and most.
func count(field func(*Settings) *int, least, most int) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return fmt.Errorf("must be a whole number from %d to %d; got %q", least, most, text)
		}
		*field(s) = n
		return nil
	}
}

// ratio reads a number from 0 to 1.
func ratio(field func(*Settings) *float64) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || !(n >= 0 && n <= 1) {
			return fmt.Errorf("must be a number from 0 to 1; got %q", text)
		}
		*field(s) = n
		return nil
	}
}

func setLogLevel(s *Settings, text string) error {
	switch text {
	case "debug", "info", "warn", "error":
		return s.LogLevel.UnmarshalText([]byte(text))
	}
	return fmt.Errorf("must be debug, info, warn or error; got %q", text)
}

// setTracingEndpoint reads the address of an OTLP receiver. A span holds nothing
// that would need TLS, so plain http may go to another machine.
func setTracingEndpoint(s *Settings, text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return errors.New("must be an address such as http://localhost:4318/v1/traces, without user, query and fragment")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	s.Tracing.Endpoint = u.String()
	return nil
}

// setGuardianURL reads the address of a page of the operator's.
func setGuardianURL(s *Settings, text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u.Hostname())) {
		return fmt.Errorf("must be a page such as https://www.example.kr/guardian; got %q", text)
	}
	s.Accounts.GuardianURL = u.String()
	return nil
}

func setPublicURL(s *Settings, text string) (err error) {
	s.PublicURL, err = origin(text)
	return err
}

func setConsoleURL(s *Settings, text string) (err error) {
	s.ConsoleURL, err = origin(text)
	return err
}

// origin reads the address of a site of ours. Outside this machine it must be
// https: cookies, codes and names would be open to read otherwise.
func origin(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return nil, fmt.Errorf("must be an address such as https://id.example.kr; got %q", text)
	}
	if u.Path = strings.TrimSuffix(u.Path, "/"); u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("must be scheme and host alone, such as https://id.example.kr; got %q", u.Redacted())
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u.Hostname())) {
		return nil, fmt.Errorf("must be https outside localhost; got %q", text)
	}
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

// setProviderURL reads the provider's address. TLS may be left out on this
// machine alone, where the emulator is (S-87).
func setProviderURL(s *Settings, text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Host == "", u.RawQuery != "", u.Fragment != "", u.User != nil:
		return fmt.Errorf("must be an address such as https://api.coolsms.co.kr; got %q", text)
	case u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u.Hostname())):
		return fmt.Errorf("must be https, or http on this machine; got %q", text)
	}
	s.CoolSMS.BaseURL = strings.TrimSuffix(text, "/")
	return nil
}

// Loopback reports whether host names this machine and no other.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func setDataDir(s *Settings, text string) error {
	if text == "" {
		return errors.New("must name a directory")
	}
	s.DataDir = filepath.Clean(text)
	return nil
}

func setDatabaseURL(s *Settings, text string) error {
	if text == "" || text == "sqlite" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return errors.New("must be sqlite or postgres://user@host/database")
	}
	s.DatabaseURL = Secret(text)
	return nil
}

// redactURL hides what an address keeps to itself.
func redactURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return dots(text)
	}
	if q := u.Query(); q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}

// setSender reads a sender number: 8 to 11 digits, however they are grouped
// (S-102).
func setSender(s *Settings, text string) (err error) {
	s.CoolSMS.Sender, err = senderNumber(text)
	return err
}

func setSecondSender(s *Settings, text string) (err error) {
	s.CoolSMS.SecondSender, err = senderNumber(text)
	return err
}

func senderNumber(text string) (string, error) {
	digits := strings.NewReplacer("-", "", " ", "").Replace(text)
	if digits == "" {
		return "", nil
	}
	if strings.Trim(digits, "0123456789") != "" || len(digits) < 8 || len(digits) > 11 {
		return "", errors.New("must be the 8 to 11 digits of a sender number registered with the provider")
	}
	return digits, nil
}

// purposes are what a sender number can be set for.
var purposes = []string{"signup", "login", "recovery", "number_change", "api"}

// setSenderByPurpose reads pairs of purpose and number, parted by commas or
// spaces: "login:0215770000 recovery:0215770001".
func setSenderByPurpose(s *Settings, text string) error {
	parted := func(r rune) bool { return r == ',' || r == ' ' }
	for _, part := range strings.FieldsFunc(text, parted) {
		purpose, number, _ := strings.Cut(part, ":")
		digits, err := senderNumber(number)
		if err != nil || digits == "" || !slices.Contains(purposes, purpose) {
			return fmt.Errorf("must list pairs such as login:0215770000, of the purposes %s", strings.Join(purposes, ", "))
		}
		if s.CoolSMS.SenderByPurpose == nil {
			s.CoolSMS.SenderByPurpose = make(map[string]string)
		}
		s.CoolSMS.SenderByPurpose[purpose] = digits
	}
	return nil
}

func setServiceName(s *Settings, text string) error {
	if n := len([]rune(text)); n < 1 || n > 20 {
		return fmt.Errorf("must have 1 to 20 characters; got %d", n)
	}
	s.Service.Name = text
	return nil
}

func setServiceHost(s *Settings, text string) error {
	if strings.ContainsAny(text, "/:@# ") {
		return fmt.Errorf("must be a bare host name, such as id.example.kr; got %q", text)
	}
	s.Service.Host = strings.ToLower(text)
	return nil
}

func setPasswordPolicy(s *Settings, text string) error {
	switch text {
	case "off", "optional", "required":
		s.Accounts.Password = text
		return nil
	}
	return fmt.Errorf("must be off, optional or required; got %q", text)
}

// setBrand reads a colour as style sheets write it.
func setBrand(s *Settings, text string) error {
	if digits, ok := strings.CutPrefix(text, "#"); text != "" && (!ok || len(digits) != 6 || strings.Trim(digits, "0123456789abcdefABCDEF") != "") {
		return fmt.Errorf("must be a colour of six hexadecimal digits, such as #256ef4; got %q", text)
	}
	s.Service.Brand = strings.ToLower(text)
	return nil
}

// setSupport reads where people ask for help: a page, a telephone or a mailbox.
func setSupport(s *Settings, text string) error {
	u, err := url.Parse(text)
	switch {
	case text == "":
	case err != nil, u.Scheme == "https" && u.Hostname() == "", strings.ContainsAny(text, "\"'<> "):
		return fmt.Errorf("must be an address such as https://shop.example.kr/help, tel:0212345678 or mailto:help@example.kr; got %q", text)
	case u.Scheme != "https" && u.Scheme != "tel" && u.Scheme != "mailto":
		return fmt.Errorf("must begin with https:, tel: or mailto:; got %q", text)
	}
	s.Service.Support = text
	return nil
}

// setReturnTo reads whole addresses, parted by commas or spaces. They are kept as
// they are written, because they are compared letter by letter (S-44).
func setReturnTo(s *Settings, text string) error {
	parted := func(r rune) bool { return r == ',' || r == ' ' }
	for _, part := range strings.FieldsFunc(text, parted) {
		u, err := url.Parse(part)
		switch {
		case err != nil, u.Hostname() == "", u.Opaque != "", u.User != nil, strings.Contains(part, "#"), strings.Contains(part, `\`),
			strings.ContainsFunc(part, func(r rune) bool { return r <= ' ' || r > '~' }):
			return fmt.Errorf("must list whole addresses such as https://shop.example.kr/welcome, without user and fragment; got %q", part)
		case u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u.Hostname())):
			return fmt.Errorf("must list addresses with https, or http on this machine; got %q", part)
		}
		s.Service.ReturnTo = append(s.Service.ReturnTo, part)
	}
	return nil
}

// networks reads networks and single addresses, parted by commas or
// spaces.
func networks(field func(*Settings) *[]netip.Prefix) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		parted := func(r rune) bool { return r == ',' || r == ' ' }
		for _, part := range strings.FieldsFunc(text, parted) {
			network, err := netip.ParsePrefix(part)
			if addr, one := netip.ParseAddr(part); one == nil {
				network, err = addr.Prefix(addr.BitLen())
			}
			if err != nil {
				return fmt.Errorf("must list networks such as 10.0.0.0/8; got %q", part)
			}
			*field(s) = append(*field(s), network.Masked())
		}
		return nil
	}
}

func setHSTSSubdomains(s *Settings, text string) error {
	on, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("must be true or false; got %q", text)
	}
	s.HSTSSubdomains = on
	return nil
}

// setRecoveryWait reads how long a recovery without a second proof waits: long
// enough for its owner to hear of it, or never.
func setRecoveryWait(s *Settings, text string) error {
	const least, most = time.Hour, 30 * 24 * time.Hour
	wait, err := time.ParseDuration(text)
	if err != nil || wait != 0 && (wait < least || wait > most) {
		return fmt.Errorf("must be a time from 1h to 720h, such as 24h, or 0 for no recovery by waiting; got %q", text)
	}
	s.Accounts.RecoveryWait = wait
	return nil
}

// setDormantAfterDays reads after how many days an unused account becomes
// dormant: a year at least, or never.
func setDormantAfterDays(s *Settings, text string) error {
	if text == "0" {
		s.Accounts.DormantAfterDays = 0
		return nil
	}
	const least, most = 365, 3650
	if err := count(func(s *Settings) *int { return &s.Accounts.DormantAfterDays }, least, most)(s, text); err != nil {
		return fmt.Errorf("must be a whole number from %d to %d, or 0 for never; got %q", least, most, text)
	}
	return nil
}
