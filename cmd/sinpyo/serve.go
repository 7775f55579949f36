package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/internal/config"
)

// serveCommand runs the program.
type serveCommand struct {
	settingsFlags
	Dev       bool   `help:"Run with the emulator inside: no account, no real texts."`
	Listen    string `placeholder:"ADDRESS" help:"Serve pages and API here; port 0 takes any."`
	PublicURL string `name:"public-url" placeholder:"URL" help:"The address people see."`
}

// Help is shown below the flags.
func (serveCommand) Help() string {
	return `Example:  sinpyo serve --dev
          SINPYO_COOLSMS_API_KEY=… SINPYO_COOLSMS_API_SECRET_FILE=… SINPYO_COOLSMS_SENDER=… sinpyo serve`
}

// Run serves until the program is told to stop.
func (c *serveCommand) Run(s *shell) error {
	more := map[string]string{}
	if c.Listen != "" {
		more["listen"] = c.Listen
	}
	if c.PublicURL != "" {
		more["public_url"] = c.PublicURL
	}
	settings, err := c.load(s, more)
	if err != nil {
		return err
	}
	if err := checkForServe(settings, c.Dev); err != nil {
		return err
	}
	return serve(s, settings, c.Dev)
}

// noProvider says which settings of the provider are missing and how an
// operator comes by them.
func noProvider(missing []string) error {
	names := make([]string, len(missing))
	for i, name := range missing {
		names[i] = config.Variable(name)
	}
	lines := []string{
		"to send texts, set " + strings.Join(names, ", ") + "; to try without an account: sinpyo serve --dev",
		"  문자를 보내려면 위 설정이 필요해요. 이렇게 준비하세요:",
		"  1. coolsms.co.kr 에 가입하고 본인 인증을 마쳐요.",
		"  2. 콘솔의 개발 > API Key 관리에서 API Key 와 API Secret 을 만들어요. Secret 은 누구에게도 보여 주지 마세요.",
		"  3. 콘솔의 발신번호 관리에서 발신번호를 등록하고, 유효 기간이 끝나기 전에 갱신해요.",
		fmt.Sprintf("  4. %s, %s, %s 에 넣고 다시 시작해요.",
			config.Variable("coolsms.api_key"), config.Variable("coolsms.api_secret")+"_FILE", config.Variable("coolsms.sender")),
	}
	return errors.New(strings.Join(lines, "\n"))
}
