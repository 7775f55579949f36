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
	"github.com/sinpyo/sinpyo/internal/doctor"
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
func (d *examiner) host(ctx context.Context) doctor.Finding {
	base := d.settings.CoolSMS.BaseURL
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/", nil)
	if err != nil {
		return doctor.Fail(doctor.Plain(base), doctor.Cure("coolsms.base_url is no address", "leave it out, or write it like https://api.coolsms.co.kr",
			"coolsms.base_url이 주소가 아니에요", "비워 두거나 https://api.coolsms.co.kr처럼 쓰세요"))
	}
	before := time.Now()
	res, err := http.DefaultTransport.RoundTrip(r) // as it answers, without following it anywhere
	if err != nil {
		return doctor.Fail(doctor.Detail("no answer at "+base+": "+bareReason(err), base+" 답이 없음: "+bareReason(err)), doctor.ReachRemedy(err))
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	_ = res.Body.Close()
	p := &d.provider
	p.reached, p.asked = true, before.Add(time.Since(before)/2)
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		p.date = at
	}
	if d.settings.CoolSMS.APIKey != "" {
		if !d.emulated {
			_ = adoptPair(ctx, d.settings) // check 3 tells of a database that cannot be read
		}
		p.client = newClient(d.settings)
		p.money, p.err = p.client.Cash.Balance(ctx)
		p.works = p.err == nil
	}
	if strings.Contains(res.Header.Get("Server"), "sandbox") {
		return doctor.Fine(doctor.Detail(base+" answers: it is the emulator, and no text leaves it", base+" 답함. 에뮬레이터라 문자가 나가지 않아요"))
	}
	return doctor.Fine(doctor.Detail(base+" answers", base+" 답함"))
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
func (d *examiner) clock(context.Context) doctor.Finding {
	p := &d.provider
	if !p.reached {
		return doctor.Needs("the provider", "CoolSMS가", 6)
	}
	set := doctor.ClockRemedy
	switch {
	case p.date.IsZero() && skewed(p.err):
		return doctor.Fail(doctor.Detail("the provider refuses it (RequestTimeTooSkewed)", "CoolSMS가 거절해요(RequestTimeTooSkewed)"), set)
	case p.date.IsZero():
		return doctor.Skip(doctor.Detail("the provider tells no time", "CoolSMS가 시각을 알려 주지 않아요"))
	}
	skew := p.asked.Sub(p.date).Round(time.Second)
	detail := doctor.Detail(fmt.Sprintf("%v ahead of the provider's", skew.Abs()), fmt.Sprintf("CoolSMS보다 %v 빠름", skew.Abs()))
	if skew < 0 {
		detail = doctor.Detail(fmt.Sprintf("%v behind the provider's", skew.Abs()), fmt.Sprintf("CoolSMS보다 %v 느림", skew.Abs()))
	}
	switch {
	case skewed(p.err):
		return doctor.Fail(doctor.Detail(detail.English+", and it refuses that (RequestTimeTooSkewed)", detail.Korean+", CoolSMS가 거절해요(RequestTimeTooSkewed)"), set)
	case skew.Abs() > mostSkew:
		return doctor.Fail(detail, set)
	case skew.Abs() > tellSkew:
		return doctor.Warn(detail, doctor.Cure("the clock is not kept; at 15 minutes every call is refused", set.Cure.English,
			"시계가 맞춰지지 않고 있어요. 15분이 넘으면 모든 요청이 거절돼요", set.Cure.Korean))
	}
	within := max(skew.Abs(), time.Second).String()
	return doctor.Fine(doctor.Detail("within "+within+" of the provider's", "CoolSMS와 "+within+" 안에서 같음"))
}

func skewed(err error) bool {
	var refused *coolsms.APIError
	return errors.As(err, &refused) && refused.Code == coolsms.RequestTimeTooSkewed
}

// key checks that the provider takes key and secret.
func (d *examiner) key(context.Context) doctor.Finding {
	p := &d.provider
	switch {
	case !p.reached:
		return doctor.Needs("the provider", "CoolSMS가", 6)
	case p.client == nil:
		return doctor.Needs("a key in the settings", "설정에 키가", 1)
	case skewed(p.err):
		return doctor.Needs("the clock", "시계가", 7)
	case p.works:
		return doctor.Fine(doctor.Detail("the provider takes it", "CoolSMS가 받아요"))
	case forbidden(p.err): // it was recognised; the check of permissions says more
		p.works = true
		return doctor.Fine(doctor.Detail("the provider knows it", "CoolSMS가 알아봐요"))
	}
	return doctor.FailedCall(p.err)
}

func forbidden(err error) bool {
	var refused *coolsms.APIError
	return errors.As(err, &refused) && refused.Code == coolsms.Forbidden
}

// permissions checks that the key's member may read what serve and the other
// commands read. Whether it may send shows only by sending.
func (d *examiner) permissions(ctx context.Context) doctor.Finding {
	p := &d.provider
	if !p.works {
		return doctor.Needs("the key", "키가", 8)
	}
	_, messages := p.client.Messages.List(ctx, coolsms.ListParams{Limit: 1})
	_, senders := p.client.SenderNumbers.List(ctx, coolsms.ListSenderNumbersParams{Limit: 1})
	var may, mayNot, can, cannot []string
	for _, call := range []struct {
		what, korean string
		err          error
	}{{"balance", "잔액", p.err}, {"messages", "문자", messages}, {"sender numbers", "발신번호", senders}} {
		switch {
		case call.err == nil:
			may, can = append(may, call.what), append(can, call.korean)
		case forbidden(call.err):
			mayNot, cannot = append(mayNot, call.what), append(cannot, call.korean)
		default:
			return doctor.Fail(doctor.Detail(call.what+": "+call.err.Error(), call.korean+": "+call.err.Error()), doctor.RemedyOf(call.err))
		}
	}
	if len(mayNot) > 0 {
		return doctor.Fail(doctor.Detail("may not read: "+strings.Join(mayNot, ", "), "읽을 수 없음: "+strings.Join(cannot, ", ")), doctor.PermissionRemedy)
	}
	return doctor.Fine(doctor.Detail("may read "+strings.Join(may, ", "), "읽을 수 있음: "+strings.Join(can, ", ")))
}

// fewTexts is how many texts the account should pay for at the least.
const fewTexts = 100

// balance checks that there is money for texts.
func (d *examiner) balance(ctx context.Context) doctor.Finding {
	p := &d.provider
	switch {
	case !p.works:
		return doctor.Needs("the key", "키가", 8)
	case p.money == nil:
		return doctor.Needs("the permission", "권한이", 9)
	}
	usable := p.money.Usable()
	korean := strings.TrimPrefix(won(usable), "KRW ") + "원"
	price, err := priceOf(ctx, p.client, coolsms.SMS)
	left := textsFor(usable, price)
	if err != nil || left == nil {
		if usable <= 0 {
			return doctor.Fail(doctor.Detail(won(usable), korean), doctor.NoMoney)
		}
		return doctor.Fine(doctor.Detail(won(usable), korean))
	}
	detail := doctor.Detail(fmt.Sprintf("%s, for %d texts", won(usable), *left), fmt.Sprintf("%s, 문자 %d건", korean, *left))
	switch {
	case *left == 0:
		return doctor.Fail(detail, doctor.NoMoney)
	case *left < fewTexts:
		return doctor.Warn(detail, doctor.Cure("the money will soon be gone", doctor.NoMoney.Cure.English, "돈이 곧 떨어져요", doctor.NoMoney.Cure.Korean))
	}
	return doctor.Fine(detail)
}

// warnSender is how many days before its end a sender number is told of.
const warnSender = 30

// sender checks that texts can be sent from the number of the settings.
func (d *examiner) sender(ctx context.Context) doctor.Finding {
	p := &d.provider
	number := d.settings.CoolSMS.Sender
	switch {
	case !p.works:
		return doctor.Needs("the key", "키가", 8)
	case number == "":
		return doctor.Needs("coolsms.sender", "coolsms.sender가", 1)
	}
	page, err := p.client.SenderNumbers.List(ctx, coolsms.ListSenderNumbersParams{Limit: mostSenders})
	if forbidden(err) {
		return doctor.Needs("the permission", "권한이", 9)
	}
	if err != nil {
		return doctor.FailedCall(err)
	}
	for i := range page.Numbers {
		if page.Numbers[i].PhoneNumber == number {
			return registered(&page.Numbers[i], time.Now())
		}
	}
	return doctor.Fail(doctor.Detail(number+" is not registered", number+" 등록되지 않음"), doctor.Cure(
		"Korean law lets only registered numbers send; texts from it are refused with 1062",
		"register it at 발신번호 관리 in the provider's console, or set coolsms.sender to a number that sinpyo senders lists",
		"등록한 번호로만 보낼 수 있어요. 이 번호의 문자는 1062로 거절돼요",
		"CoolSMS 콘솔의 발신번호 관리에서 등록하거나, coolsms.sender를 sinpyo senders에 나오는 번호로 정하세요",
	))
}

// registered looks at a number that the provider knows.
func registered(n *coolsms.SenderNumber, now time.Time) doctor.Finding {
	renew, renewKorean := "renew it at 발신번호 관리 in the provider's console", "CoolSMS 콘솔의 발신번호 관리에서 연장하세요"
	switch {
	case n.Status == coolsms.SenderPending:
		cure, cureKorean := "finish the registration at 발신번호 관리 in the provider's console", "CoolSMS 콘솔의 발신번호 관리에서 등록을 마치세요"
		if len(n.NecessaryMeasures) > 0 {
			wants := strings.Join(n.NecessaryMeasures, ", ")
			cure, cureKorean = cure+"; it still wants: "+wants, cureKorean+". 아직 필요한 것: "+wants
		}
		return doctor.Fail(doctor.Detail(n.PhoneNumber+" is PENDING", n.PhoneNumber+" PENDING"), doctor.Cure(
			"its registration is not finished; texts from it are refused with 1062", cure,
			"등록이 끝나지 않았어요. 이 번호의 문자는 1062로 거절돼요", cureKorean))
	case n.Status != coolsms.SenderActive:
		return doctor.Fail(doctor.Detail(n.PhoneNumber+" is "+string(n.Status), n.PhoneNumber+" "+string(n.Status)), doctor.Cure(
			"it is switched off; texts from it are refused with 1062", "switch it on at 발신번호 관리 in the provider's console",
			"꺼져 있어요. 이 번호의 문자는 1062로 거절돼요", "CoolSMS 콘솔의 발신번호 관리에서 켜세요"))
	case n.ExpireAt == nil:
		return doctor.Fine(doctor.Detail(n.PhoneNumber+" is registered", n.PhoneNumber+" 등록됨"))
	}
	until := n.ExpireAt.In(seoul).Format(time.DateOnly)
	if !n.UsableAt(now) {
		return doctor.Fail(doctor.Detail(n.PhoneNumber+" lapsed on "+until, n.PhoneNumber+" "+until+" 만료"), doctor.Cure(
			"its registration is over; texts from it are refused with 1062", renew,
			"등록이 끝났어요. 이 번호의 문자는 1062로 거절돼요", renewKorean))
	}
	left := daysLeft(*n.ExpireAt, now)
	detail := doctor.Detail(fmt.Sprintf("%s is registered until %s, %d days", n.PhoneNumber, until, left),
		fmt.Sprintf("%s %s까지 등록됨, %d일 남음", n.PhoneNumber, until, left))
	if left < warnSender {
		return doctor.Warn(detail, doctor.Cure("from then on texts from it are refused with 1062", renew,
			"그때부터 이 번호의 문자는 1062로 거절돼요", renewKorean))
	}
	return doctor.Fine(detail)
}
