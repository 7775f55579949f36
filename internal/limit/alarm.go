package limit

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
)

// wonLow is the alarm that four fifths of the day's won are spent; what is left
// is kept for priority.
const wonLow Rule = "won_low"

// Alarms that no rule raises, but whoever watches the account with the provider.
const (
	SenderLapsing Rule = "sender_lapsing" // the registration of a sender number ends soon
	SenderLapsed  Rule = "sender_lapsed"  // it has ended: nothing is sent from the number
	RunwayShort   Rule = "runway_short"   // the money with the provider lasts for a few days more
	BalanceFloor  Rule = "balance_floor"  // it has come to the floor: nothing is sent
)

// DoctorFailed is the alarm that a daily round of the doctor found a failure that
// the one before did not.
const DoctorFailed Rule = "doctor_failed"

// CarrierConversion is the alarm that the codes to phones of a carrier are
// entered far less than in the week before.
const CarrierConversion Rule = "carrier_conversion"

// alarmText is the row that lets one text an hour through, over all rules and
// nodes.
const alarmText Rule = "alarm_text"

// alarmEvery is how often the same alarm is raised at most.
const alarmEvery = time.Hour

// Words says an alarm in a text: fixed, in Korean, without numbers.
func Words(rule Rule) string {
	switch rule {
	case Spraying:
		return "[경보] 틀린 인증번호가 갑자기 늘었어요. 서버를 확인해 주세요."
	case Conversion:
		return "[경보] 문자를 받고 인증하지 않는 경우가 많아요. 서버를 확인해 주세요."
	case Won:
		return "[경보] 오늘 쓸 문자 예산이 끝났어요. 서버를 확인해 주세요."
	case CarrierConversion:
		return "[경보] 한 통신사에서 인증을 마치는 비율이 뚝 떨어졌어요. 서버를 확인해 주세요."
	case wonLow:
		return "[경보] 오늘 쓸 문자 예산이 거의 끝났어요. 서버를 확인해 주세요."
	case SenderLapsing:
		return "[경보] 발신번호 등록이 곧 끝나요. 문자 업체에서 연장해 주세요."
	case SenderLapsed:
		return "[경보] 발신번호 등록이 끝나 그 번호로 보내지 않아요. 연장해 주세요."
	case RunwayShort:
		return "[경보] 문자 업체의 잔액이 곧 떨어져요. 충전해 주세요."
	case DoctorFailed:
		return "[경보] 점검에서 문제가 나왔어요. sinpyo doctor로 확인해 주세요."
	case BalanceFloor:
		return "[경보] 문자 업체의 잔액이 모자라 문자를 못 보내요. 충전해 주세요."
	}
	return "[경보] 문자 발송 한도에 닿았어요. 서버를 확인해 주세요."
}

// Tell sends a text to the operator. It calls first in the act that writes the
// text, which first may end.
type Tell func(ctx context.Context, text string, first func(tx *db.Tx)) error

// alarms are those that wait to be raised, and when each was raised last.
type alarms struct {
	mu      sync.Mutex
	waiting map[gateKey]bool
	raised  map[gateKey]db.Time
}

func newAlarms() *alarms {
	return &alarms{waiting: make(map[gateKey]bool), raised: make(map[gateKey]db.Time)}
}

// Alarm has an alarm raised soon, by [Limits.Run], unless that was done within the
// hour: an event, a line in the log, a metric, a row for the console, and a text.
// The scope is an application, or "".
func (l *Limits) Alarm(rule Rule, scope string) { l.alarm(rule, scope) }

// alarm has an alarm raised soon, unless that was done within the hour.
func (l *Limits) alarm(rule Rule, scope string) {
	now, k := l.db.Now(), gateKey{rule, scope}
	l.alarms.mu.Lock()
	defer l.alarms.mu.Unlock()
	if at, ok := l.alarms.raised[k]; !ok || now.Sub(at) >= alarmEvery {
		l.alarms.waiting[k] = true
	}
}

// take hands over what waits.
func (a *alarms) take(now db.Time) []gateKey {
	a.mu.Lock()
	defer a.mu.Unlock()
	var taken []gateKey
	for k := range a.waiting {
		taken = append(taken, k)
		a.raised[k] = now
	}
	clear(a.waiting)
	return taken
}

// errRaised ends an act because another node raised the alarm within the hour.
var errRaised = errors.New("the alarm was raised within the hour")

// raiseAlarms raises what waits: an event, a line in the log, a metric, the row
// for the console, and a text.
func (l *Limits) raiseAlarms(ctx context.Context) error {
	for _, k := range l.alarms.take(l.db.Now()) {
		err := l.db.Update(ctx, func(tx *db.Tx) error {
			l.claim(tx, k)
			audit.Tell(tx, audit.Event{Kind: audit.Alarm, ApplicationID: k.scope, Detail: string(k.rule)})
			return nil
		})
		if errors.Is(err, errRaised) {
			continue
		}
		if err != nil {
			return failed("raising an alarm", err)
		}
		l.metrics.alarms.WithLabelValues(string(k.rule)).Inc()
		l.log.Warn("alarm", "rule", string(k.rule), "application_id", k.scope)
		if err := l.textAlarm(ctx, k.rule); err != nil {
			return err
		}
	}
	return nil
}

// claim takes the right to raise an alarm, or ends the act with errRaised.
func (l *Limits) claim(tx *db.Tx, k gateKey) {
	tx.Must(1, errRaised, raiseAlarm, string(k.rule), k.scope, tx.Now, tx.Now.Add(alarmEvery), tx.Now.Add(-alarmEvery))
}

// textAlarm texts an alarm to the operator, unless one was within the hour.
func (l *Limits) textAlarm(ctx context.Context, rule Rule) error {
	if l.text == nil {
		return nil
	}
	err := l.text(ctx, Words(rule), func(tx *db.Tx) { l.claim(tx, gateKey{alarmText, ""}) })
	if errors.Is(err, errRaised) {
		return nil
	}
	return failed("texting an alarm", err)
}
