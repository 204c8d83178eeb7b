package coordinator

import (
	"errors"
	"time"

	"braid/coordinator/dispatch"
	"braid/coordinator/stream"
	"braid/protocol"
	"braid/train"
)

// act carries out the machine's effects. The end of the round comes last, because it calls the machine again, which
// reuses the slice of effects.
func (w *workers) act(effects []dispatch.Effect) {
	var end *reply
	for _, e := range effects {
		switch e := e.(type) {
		case dispatch.Send:
			w.sendTo(protocol.Address{Worker: e.Worker, Session: e.Session}, e)
		case dispatch.Admit:
			w.openBox(protocol.Address{Worker: e.Worker, Session: e.Session})
		case dispatch.Remove:
			w.publisher.do(func(m *stream.Machine, _ time.Duration) {
				m.Remove(protocol.Address{Worker: e.Worker, Session: e.Session}.String())
			})
			w.closeBox(e.Worker)
		case dispatch.Silent:
			if box := w.boxes[e.Worker]; box != nil {
				w.publisher.do(func(m *stream.Machine, now time.Duration) { m.Silent(now, box.address.String()) })
			}
		case dispatch.Say:
			w.say(e)
		case dispatch.Wait:
			w.log.Info(e.Text)
			if w.call != nil && w.call.params.Waiting != nil {
				w.call.params.Waiting(e.Text)
			}
		case dispatch.Accept:
			w.accept()
		case dispatch.Restart:
			w.answers.end()
			w.answers.begin(e.Round, w.call)
		case dispatch.Withdraw:
			end = &reply{err: &train.Withdrawn{Step: e.Step, Why: e.Text}}
		case dispatch.Quarantined:
			w.report.quarantined(w.step, e)
		case dispatch.Fail:
			end = &reply{err: errors.New(e.Text)}
		case dispatch.Done:
			r := w.answers.result(w.call, len(w.sets))
			end = &r
		}
	}
	w.stats.workers.Store(int64(w.machine.Workers()))
	if end != nil {
		w.reply(*end)
	}
}

// sendTo sends a message to one session of a worker.
func (w *workers) sendTo(a protocol.Address, e dispatch.Send) {
	if !a.Valid() {
		return
	}
	void := ""
	if e.Void {
		void = w.void + "." + a.String()
	}
	w.publish(w.subject.To(a), void, e.Message, nil)
}

// publish sends a message. A message that cannot be sent counts as lost; the receiver asks for lost messages again.
func (w *workers) publish(subject, reply string, m protocol.Message, body []byte) {
	var err error
	if w.frame, err = protocol.Append(w.frame[:0], m, body); err == nil {
		err = w.conn.PublishReply(subject, reply, w.frame)
	}
	w.unsent(subject, err)
}

func (w *workers) unsent(subject string, err error) {
	if err != nil {
		w.stats.unsent.Add(1)
		w.log.Debug("not sent", "subject", subject, "error", err)
	}
}

// streamed passes the events of the parameter stream to the machine and to the workers.
func (w *workers) streamed() {
	for _, e := range w.publisher.take() {
		a, _ := protocol.ParseAddress(e.Worker)
		if box := w.boxes[a.Worker]; box == nil || box.address != a {
			continue // the session was removed
		}
		switch e.Kind {
		case stream.Caught:
			w.act(w.machine.Step(w.now(), a.Worker, dispatch.Caught{}))
		case stream.Behind:
			w.act(w.machine.Step(w.now(), a.Worker, dispatch.Behind{Why: e.Why}))
		default:
			w.publish(w.subject.To(a), "", &protocol.Listen{Term: w.lead.Term, On: e.Kind == stream.Listen}, nil)
		}
	}
}

// say logs a line unless the ration is used up.
func (w *workers) say(s dispatch.Say) {
	switch {
	case !w.ration.pass(time.Now(), s.Kind, w.speaking, s.Text):
	case s.Warn:
		w.log.Warn(s.Text)
	default:
		w.log.Info(s.Text)
	}
}

// endRation logs how many lines were suppressed.
func (w *workers) endRation() {
	for _, line := range w.ration.end(time.Now()) {
		w.log.Warn(line)
	}
}
