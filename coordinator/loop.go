package coordinator

import (
	"errors"
	"time"

	"braid/coordinator/stream"
	"braid/protocol"
)

var errClosed = errors.New("the fleet is closed")

// loop owns the machine until Close, until the farewell is over, or until a connection breaks.
func (w *workers) loop() {
	defer w.closeBoxes()
	defer close(w.done)
	defer w.publisher.close()
	tick := time.NewTicker(w.beat / 5)
	defer tick.Stop()
	w.announce()
	linger := false
	var over <-chan time.Time // until when the workers may leave
	for w.err == nil {
		select {
		case m := <-w.mail:
			w.handle(m)
		case r := <-w.voids:
			w.handleVoid(r)
		case h := <-w.hellos:
			w.speaking = h.worker
			w.act(w.machine.Step(w.now(), h.worker, h.hello))
			w.speaking = ""
		case c := <-w.calls:
			w.begin(c)
		case c := <-w.ended:
			if w.call == c {
				w.finish()
			}
		case <-tick.C:
			w.act(w.machine.Tick(w.now()))
			if time.Since(w.led) >= w.beat {
				w.announce()
			}
			w.publisher.do((*stream.Machine).Tick)
			w.count()
			w.endRation()
		case <-w.publisher.events:
			w.streamed()
		case err := <-w.conn.Broken():
			w.err = err
		case err := <-w.bulk.Broken():
			w.err = err
		case err := <-w.joins.Broken():
			w.err = err
		case bye := <-w.farewell:
			linger = bye.linger
			w.lead.State = protocol.Finished
			over = time.After(bye.limit)
			w.announce()
		case <-over:
			w.err = errClosed
		case <-w.stop:
			w.err = errClosed
		}
		if over != nil && !linger && w.machine.Members() == 0 {
			w.err = errClosed
		}
	}
}

func (w *workers) now() time.Duration { return time.Since(w.begun) }

// announce publishes who leads.
func (w *workers) announce() {
	w.led = time.Now()
	lead := w.lead
	w.publish(w.subject.All(), "", &lead, nil)
}

// farewell is how the workers learn that the run is complete.
type farewell struct {
	limit  time.Duration
	linger bool // stay for the whole limit: workers that do not know that the run is complete may still join
}

// Farewell announces that the run is complete, and returns when all workers have left or the limit has passed.
func (w *workers) Farewell(bye farewell) {
	select {
	case w.farewell <- bye:
		<-w.done
	case <-w.done:
	}
}
