package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
)

// providerSigns are what the checks of the provider learn from each other.
type providerSigns struct {
	reached bool
	date    time.Time // the provider's clock, when it told
	asked   time.Time // this machine's clock at that moment
	client  *coolsms.Client
	money   *coolsms.Balance
	err     error // of the first call with the key
	works   bool  // the key does
}

// host checks that the provider can be reached, and makes the first call with
// the key for the checks that follow.
func (d *doctor) host(ctx context.Context) finding {
	base := d.settings.CoolSMS.BaseURL
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/", nil)
	if err != nil {
		return failed(base, remedy{"coolsms.base_url is no address", "leave it out, or write it like https://api.coolsms.co.kr"})
	}
	before := time.Now()
	res, err := http.DefaultTransport.RoundTrip(r) // as it answers, without following it anywhere
	if err != nil {
		return failed("no answer at "+base+": "+bareReason(err), reachRemedy(err))
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	_ = res.Body.Close()
	p := &d.provider
	p.reached, p.asked = true, before.Add(time.Since(before)/2)
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		p.date = at
	}
	if d.settings.CoolSMS.APIKey != "" {
		_ = adoptPair(ctx, d.settings) // check 3 tells of a database that cannot be read
		p.client = newClient(d.settings)
		p.money, p.err = p.client.Cash.Balance(ctx)
		p.works = p.err == nil
	}
	if strings.Contains(res.Header.Get("Server"), "sandbox") {
		return fine(base + " answers: it is the emulator, and no text leaves it")
	}
	return fine(base + " answers")
}

// bareReason is what went wrong on the way, without the address.
func bareReason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return reason(err).Error()
}

// The skew that the provider bears, and the one worth telling of.
const (
	mostSkew = 15 * time.Minute
	tellSkew = 30 * time.Second
)

// clock checks this machine's clock against the provider's.
func (d *doctor) clock(context.Context) finding {
	p := &d.provider
	if !p.reached {
		return skipped("needs the provider (check 6)")
	}
	set := remedies["requesttimetooskewed"]
	switch {
	case p.date.IsZero() && skewed(p.err):
		return failed("the provider refuses it (RequestTimeTooSkewed)", set)
	case p.date.IsZero():
		return skipped("the provider tells no time")
	}
	skew := p.asked.Sub(p.date).Round(time.Second)
	where := "ahead of"
	if skew < 0 {
		where = "behind"
	}
	detail := fmt.Sprintf("%v %s the provider's", skew.Abs(), where)
	switch {
	case skewed(p.err):
		return failed(detail+", and it refuses that (RequestTimeTooSkewed)", set)
	case skew.Abs() > mostSkew:
		return failed(detail, set)
	case skew.Abs() > tellSkew:
		return warned(detail, remedy{"the clock is not kept; at 15 minutes every call is refused", set.cure})
	}
	return fine("within " + max(skew.Abs(), time.Second).String() + " of the provider's")
}

func skewed(err error) bool {
	var refused *coolsms.APIError
	return errors.As(err, &refused) && refused.Code == coolsms.RequestTimeTooSkewed
}

// key checks that the provider takes key and secret.
func (d *doctor) key(context.Context) finding {
	p := &d.provider
	switch {
	case !p.reached:
		return skipped("needs the provider (check 6)")
	case p.client == nil:
		return skipped("needs a key in the settings (check 1)")
	case skewed(p.err):
		return skipped("needs the clock (check 7)")
	case p.works:
		return fine("the provider takes it")
	case forbidden(p.err): // it was recognised; the check of permissions says more
		p.works = true
		return fine("the provider knows it")
	}
	return failed(p.err.Error(), remedyOf(p.err))
}

func forbidden(err error) bool {
	var refused *coolsms.APIError
	return errors.As(err, &refused) && refused.Code == coolsms.Forbidden
}

// permissions checks that the key's member may read what serve and the other
// commands read. Whether it may send shows only by sending.
func (d *doctor) permissions(ctx context.Context) finding {
	p := &d.provider
	if !p.works {
		return skipped("needs the key (check 8)")
	}
	_, messages := p.client.Messages.List(ctx, coolsms.ListParams{Limit: 1})
	_, senders := p.client.SenderNumbers.List(ctx, coolsms.ListSenderNumbersParams{Limit: 1})
	var may, mayNot []string
	for _, call := range []struct {
		what string
		err  error
	}{{"balance", p.err}, {"messages", messages}, {"sender numbers", senders}} {
		switch {
		case call.err == nil:
			may = append(may, call.what)
		case forbidden(call.err):
			mayNot = append(mayNot, call.what)
		default:
			return failed(call.what+": "+call.err.Error(), remedyOf(call.err))
		}
	}
	if len(mayNot) > 0 {
		return failed("may not read: "+strings.Join(mayNot, ", "), remedies["forbidden"])
	}
	return fine("may read " + strings.Join(may, ", "))
}

// fewTexts is how many texts the account should pay for at the least.
const fewTexts = 100

// balance checks that there is money for texts.
func (d *doctor) balance(ctx context.Context) finding {
	p := &d.provider
	switch {
	case !p.works:
		return skipped("needs the key (check 8)")
	case p.money == nil:
		return skipped("needs the permission (check 9)")
	}
	usable := p.money.Usable()
	price, err := priceOf(ctx, p.client, coolsms.SMS)
	left := textsFor(usable, price)
	if err != nil || left == nil {
		if usable <= 0 {
			return failed(won(usable), noMoney)
		}
		return fine(won(usable))
	}
	detail := fmt.Sprintf("%s, for %d texts", won(usable), *left)
	switch {
	case *left == 0:
		return failed(detail, noMoney)
	case *left < fewTexts:
		return warned(detail, remedy{"the money will soon be gone", noMoney.cure})
	}
	return fine(detail)
}

// warnSender is how many days before its end a sender number is told of.
const warnSender = 30

// sender checks that texts can be sent from the number of the settings.
func (d *doctor) sender(ctx context.Context) finding {
	p := &d.provider
	number := d.settings.CoolSMS.Sender
	switch {
	case !p.works:
		return skipped("needs the key (check 8)")
	case number == "":
		return skipped("needs coolsms.sender (check 1)")
	}
	page, err := p.client.SenderNumbers.List(ctx, coolsms.ListSenderNumbersParams{Limit: mostSenders})
	if forbidden(err) {
		return skipped("needs the permission (check 9)")
	}
	if err != nil {
		return failed(err.Error(), remedyOf(err))
	}
	for i := range page.Numbers {
		if page.Numbers[i].PhoneNumber == number {
			return registered(&page.Numbers[i], time.Now())
		}
	}
	return failed(number+" is not registered", remedy{
		"Korean law lets only registered numbers send; texts from it are refused with 1062",
		"register it at 발신번호 관리 in the provider's console, or set coolsms.sender to a number that sinpyo senders lists",
	})
}

// registered looks at a number that the provider knows.
func registered(n *coolsms.SenderNumber, now time.Time) finding {
	renew := "renew it at 발신번호 관리 in the provider's console"
	switch {
	case n.Status == coolsms.SenderPending:
		cure := "finish the registration at 발신번호 관리 in the provider's console"
		if len(n.NecessaryMeasures) > 0 {
			cure += "; it still wants: " + strings.Join(n.NecessaryMeasures, ", ")
		}
		return failed(n.PhoneNumber+" is PENDING", remedy{"its registration is not finished; texts from it are refused with 1062", cure})
	case n.Status != coolsms.SenderActive:
		return failed(n.PhoneNumber+" is "+string(n.Status), remedy{"it is switched off; texts from it are refused with 1062", "switch it on at 발신번호 관리 in the provider's console"})
	case n.ExpireAt == nil:
		return fine(n.PhoneNumber + " is registered")
	}
	until := n.ExpireAt.In(seoul).Format(time.DateOnly)
	if !n.UsableAt(now) {
		return failed(n.PhoneNumber+" lapsed on "+until, remedy{"its registration is over; texts from it are refused with 1062", renew})
	}
	left := daysLeft(*n.ExpireAt, now)
	detail := fmt.Sprintf("%s is registered until %s, %d days", n.PhoneNumber, until, left)
	if left < warnSender {
		return warned(detail, remedy{"from then on texts from it are refused with 1062", renew})
	}
	return fine(detail)
}
