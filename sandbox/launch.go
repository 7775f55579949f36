package sandbox

import "time"

// launch sends a PENDING group: takes the money and enters the life of its
// messages into the agenda. It returns the refusal of a group in any other
// state, so however many calls meet, one wins.
func (w *world) launch(g *group) error {
	if err := g.sendable(); err != nil {
		return err
	}
	if g.open == 0 {
		return errStatus.because("보낼 메시지가 없습니다.") // G
	}
	if !w.withinQuota(g) {
		w.fail(g, errQuota) // nobody is refused: the log of the group tells it
		return nil
	}
	if !w.pay(g) {
		return errBalance // the group stays PENDING (G) and may be sent after a top-up
	}
	w.countSent(g)
	g.status, g.sent = sending, w.now
	w.changed |= partPhone | partAccount
	w.enterLife(g)
	return nil
}

// objection is the code a message ends with because the account has changed
// since it was taken, or nothing.
func (w *world) objection(m *message) string {
	if m.country == "82" && !w.maySend(m.from) && (m.from != "" || !isKakao(m.kind)) {
		return "2062"
	}
	return w.kakaoObjection(m)
}

// wave is the messages of a group that are reported at the same moment.
type wave struct {
	delay    time.Duration
	messages []*message
}

func (w *world) enterLife(g *group) {
	var waves []wave
	for _, m := range g.messages {
		if m.code != "2000" {
			continue
		}
		delay := w.set.reportDelay
		m.sent, m.updated, m.final = w.now, w.now, delivered
		if f := w.fateOf(m.to); f != nil && f.StatusCode[0] != '1' {
			m.final = f.StatusCode
			if f.ReportMS != nil {
				delay = time.Duration(*f.ReportMS) * time.Millisecond
			}
			w.spend(f)
		}
		if code := w.objection(m); code != "" {
			m.final = code
		}
		m.wait = delay
		i := 0
		for i < len(waves) && waves[i].delay != delay {
			i++
		}
		if i == len(waves) {
			waves = append(waves, wave{delay: delay})
		}
		waves[i].messages = append(waves[i].messages, m)
	}
	for _, v := range waves {
		w.enterWave(w.now, v)
	}
}

// enterWave enters the future of messages that were sent at a time.
func (w *world) enterWave(sent time.Time, v wave) {
	w.agenda.enter(sent.Add(min(w.set.carrierDelay, v.delay)), func(w *world) { each(w, v.messages, w.handOver) })
	w.agenda.enter(sent.Add(v.delay), func(w *world) { each(w, v.messages, w.report) })
}

func each(w *world, messages []*message, step func(*message)) {
	for _, m := range messages {
		step(m)
	}
	w.changed |= partPhone
}

// handOver is the moment the platform is done with a message: it goes to the
// carrier (3000), or ends here with a 2xxx. A fate of 2000 keeps it waiting.
func (w *world) handOver(m *message) {
	switch {
	case m.final == "2000", m.code != "2000":
		return
	case m.final[0] == '2':
		m.group.count.SentTotal++
		w.end(m)
	default:
		m.code, m.processed, m.updated = "3000", w.now, w.now
		m.group.count.SentTotal++
		m.group.count.SentPending++
	}
}

// report is the moment the carrier's answer arrives. A fate of 3000 is a
// report that never comes.
func (w *world) report(m *message) {
	if m.code == "3000" && m.final != "3000" {
		m.group.count.SentPending--
		w.end(m)
	}
}

// end gives a message its final code, the refund of a failed one included.
func (w *world) end(m *message) {
	if w.replace(m) {
		return
	}
	g := m.group
	m.code, m.updated, m.reported = m.final, w.now, w.now
	g.updated = w.now
	if m.code == delivered {
		m.received = w.now
		g.count.SentSuccess++
	} else {
		g.count.SentFailed++
		w.refund(g, m)
	}
	w.announce(singleReport, report{message: m})
	w.countEnd(m)
	if g.open--; g.open == 0 {
		g.status, g.completed = complete, w.now
		g.balance.Sum = g.balance.Requested + g.balance.Replacement - g.balance.Refund
		g.point.Sum = g.point.Requested + g.point.Replacement - g.point.Refund
		g.note(w.now, "group completed", nil)
		w.announce(groupReport, report{group: g})
	}
}

// schedule makes a PENDING group wait for its time.
func (w *world) schedule(g *group, at time.Time) error {
	switch {
	case g.status != pending:
		return errStatus // G: the documents name no error for this
	case at.Before(w.now), at.After(w.now.AddDate(0, 6, 0)):
		return errScheduledDate
	}
	g.status, g.scheduledFor, g.priced = scheduled, at, true
	g.note(w.now, "group scheduled", nil)
	w.awaken(g)
	return nil
}

// awaken sends a scheduled group when its time comes, unless the schedule was
// cancelled by then.
func (w *world) awaken(g *group) {
	g.schedules++
	turn := g.schedules
	w.agenda.enter(g.scheduledFor, func(w *world) {
		if g.status == scheduled && g.schedules == turn {
			g.status = pending
			_ = w.launchOrFail(g) // nobody waits for the refusal; the log of the group tells it
		}
	})
}

// launchOrFail is launch where nobody waits for a refusal: the group fails.
func (w *world) launchOrFail(g *group) error {
	err := w.launch(g)
	if err != nil {
		w.fail(g, err)
	}
	return err
}

// fail ends a group that cannot be sent; its waiting messages end with 2230,
// the code for money missing at the send.
func (w *world) fail(g *group, cause error) {
	g.status = failed
	g.note(w.now, "group failed: "+cause.Error(), nil)
	for _, m := range g.messages {
		if m.code == "2000" {
			m.code, m.final, m.updated, m.reported = "2230", "2230", w.now, w.now
		}
	}
}

// cancel takes a schedule back. Which state follows is contradictory in the
// documents; Quirks.CancelFails chooses the older answer.
func (w *world) cancel(g *group) error {
	if g.status != scheduled {
		return errStatus
	}
	g.status, g.scheduledFor = pending, time.Time{}
	if w.set.quirks.CancelFails {
		g.status = failed
	}
	g.note(w.now, "schedule cancelled", nil)
	return nil
}

// resend sends a FAILED group once more.
func (w *world) resend(g *group) error {
	if g.status != failed {
		return errStatus
	}
	for _, m := range g.messages {
		if m.code == "2230" {
			m.code, m.reported = "2000", time.Time{}
		}
	}
	g.status, g.resent = pending, true
	return w.launchOrFail(g)
}
