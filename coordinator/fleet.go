package coordinator

import (
	"context"
	"errors"
	"sync"
	"time"

	"braid/coordinator/dispatch"
	"braid/coordinator/stream"
	"braid/data"
	"braid/gradient"
	"braid/model"
	"braid/protocol"
	"braid/train"
	"braid/transport"

	"github.com/hashicorp/go-hclog"
)

// fleet is the train.Fleet of workers behind NATS.
type fleet struct {
	conns
	subject protocol.FleetName
	log     hclog.Logger

	arch      *model.Architecture
	sets      []data.Set
	precision gradient.Precision
	chunk     int
	lead      protocol.Lead
	beat      time.Duration

	mail   chan mail
	hellos chan arrived
	void   string // prefix of the subjects on which NATS says that nobody is there
	voids  chan transport.Received
	calls  chan *call
	ended  chan *call // calls that were given up
	stop   chan struct{}
	done   chan struct{}
	closed sync.Once

	subscribed []func()
	err        error // why the loop ended, once done is closed

	farewell chan farewell

	stats  stats
	report report

	missing   chan string // hashes of blobs that workers could not fetch; "": the store
	publisher *publisher

	// What follows belongs to the loop.
	machine  *dispatch.Machine
	boxes    map[string]*mailbox // by worker: of those that are let in
	ration   ration
	speaking string // whose message is at hand, "": nobody's
	begun    time.Time
	led      time.Time
	call     *call
	answers  answers
	accept   func() // takes the answer at hand into the sum; nil: there is none
	frame    []byte
	last     *gradient.Gradient
	step     uint64 // done or under way, for people
	spent    spent  // of the round under way
}

// call is one Gradient or Score under way.
type call struct {
	round   dispatch.Round
	step    uint64     // done or under way, for people
	params  train.Work // Params and Changed of either kind
	chunks  []model.Chunk
	replies chan reply
}

type reply struct {
	root   *gradient.Gradient
	scores []*model.SetScore
	err    error
}

func newFleet(conns conns, c Config, machine dispatch.Config, arch *model.Architecture, sets []data.Set) (*fleet, error) {
	f := &fleet{
		conns: conns, subject: c.Fleet, log: c.Log,
		arch: arch, sets: sets, precision: gradient.ParsePrecision(c.Job.Training.Precision), chunk: machine.Chunk, beat: c.Beat,
		lead:  protocol.Lead{Term: machine.Term, Leader: machine.Leader, Job: machine.Job, Note: c.note()},
		boxes: map[string]*mailbox{}, mail: make(chan mail, 16), hellos: make(chan arrived, joinQueue),
		void: conns.conn.Inbox(), voids: make(chan transport.Received, 256),
		calls: make(chan *call), ended: make(chan *call), farewell: make(chan farewell),
		stop: make(chan struct{}), done: make(chan struct{}), missing: make(chan string, 16),
		machine: dispatch.New(machine), begun: time.Now(),
	}
	f.answers.init(arch, sets, f.precision)
	stop, err := f.conn.SubscribeBounded(f.void+".>", transport.Limits{Messages: 4096, Bytes: 1 << 20}, nil, f.receiveVoid)
	if err == nil {
		f.subscribed = append(f.subscribed, stop)
		stop, err = f.openGate()
	}
	if err != nil {
		f.unsubscribe()
		return nil, err
	}
	f.subscribed = append(f.subscribed, stop)
	f.publisher = newPublisher(f.bulk, c.Fleet, machine.Term, arch.ParamShape(), f.precision, machine.Chunk, c.Beat, f.unsent)
	go f.loop()
	return f, nil
}

// Gradient has the fleet compute one step.
func (f *fleet) Gradient(ctx context.Context, w train.Work) (*gradient.Gradient, error) {
	c := &call{step: w.Step.Step + 1, params: w, replies: make(chan reply, 1)}
	c.round = &dispatch.GradientRound{Step: w.Step.Step, Shards: len(w.Step.Streams[0].Shards), Scale: gradient.AppendFloats(nil, w.Scale, gradient.F32)}
	r := f.do(ctx, c)
	return r.root, r.err
}

// Score has the fleet score a split.
func (f *fleet) Score(ctx context.Context, w train.ScoreWork) ([]*model.SetScore, error) {
	c := &call{step: w.Step, params: train.Work{Params: w.Params, Changed: w.Changed, Waiting: w.Waiting}, replies: make(chan reply, 1)}
	c.chunks = model.Chunks(f.sets, w.Split, train.ChunkExamples)
	c.round = &dispatch.ScoreRound{Step: w.Step, Split: string(w.Split), Blocks: len(c.chunks)}
	r := f.do(ctx, c)
	return r.scores, r.err
}

// do hands a call to the loop and waits. When it returns the loop no longer reads the
// parameters.
func (f *fleet) do(ctx context.Context, c *call) reply {
	select {
	case f.calls <- c:
	case <-f.done:
		return reply{err: f.err}
	case <-ctx.Done():
		return reply{err: ctx.Err()}
	}
	select {
	case r := <-c.replies:
		return r
	case <-f.done:
		return reply{err: f.err}
	case <-ctx.Done():
	}
	select {
	case f.ended <- c:
	case <-f.done:
	}
	return reply{err: ctx.Err()}
}

// Workers is how many can be given work at the moment.
func (f *fleet) Workers() int { return int(f.stats.workers.Load()) }

// Close ends the loop without a word to the workers: they wait for a coordinator.
func (f *fleet) Close() error {
	f.closed.Do(func() { close(f.stop); f.unsubscribe() })
	<-f.done
	return nil
}

func (f *fleet) unsubscribe() {
	for _, stop := range f.subscribed {
		stop()
	}
}

var errClosed = errors.New("the fleet is closed")

// loop owns the machine.
func (f *fleet) loop() {
	defer f.closeBoxes()
	defer close(f.done)
	defer f.publisher.close()
	tick := time.NewTicker(f.beat / 5)
	defer tick.Stop()
	f.announce()
	linger := false
	var over <-chan time.Time // until when the workers may leave
	for f.err == nil {
		select {
		case m := <-f.mail:
			f.handle(m)
		case r := <-f.voids:
			f.handleVoid(r)
		case h := <-f.hellos:
			f.speaking = h.worker
			f.act(f.machine.Step(f.now(), h.worker, h.hello))
			f.speaking = ""
		case c := <-f.calls:
			f.begin(c)
		case c := <-f.ended:
			if f.call == c {
				f.finish()
			}
		case <-tick.C:
			f.act(f.machine.Tick(f.now()))
			if time.Since(f.led) >= f.beat {
				f.announce()
			}
			f.publisher.do((*stream.Machine).Tick)
			f.count()
			f.endRation()
		case <-f.publisher.events:
			f.streamed()
		case err := <-f.conn.Broken():
			f.err = err
		case err := <-f.bulk.Broken():
			f.err = err
		case err := <-f.joins.Broken():
			f.err = err
		case bye := <-f.farewell:
			linger = bye.linger
			f.lead.State = protocol.Finished
			over = time.After(bye.limit)
			f.announce()
		case <-over:
			f.err = errClosed
		case <-f.stop:
			f.err = errClosed
		}
		if over != nil && !linger && f.machine.Members() == 0 {
			f.err = errClosed
		}
	}
}

func (f *fleet) now() time.Duration { return time.Since(f.begun) }

// announce says who leads.
func (f *fleet) announce() {
	f.led = time.Now()
	lead := f.lead
	f.publish(f.subject.All(), "", &lead, nil)
}

// publish sends a message; one that cannot be sent is as good as lost, and what is lost is
// asked for again.
func (f *fleet) publish(subject, reply string, m protocol.Message, body []byte) {
	var err error
	if f.frame, err = protocol.Append(f.frame[:0], m, body); err == nil {
		err = f.conn.PublishReply(subject, reply, f.frame)
	}
	f.unsent(subject, err)
}

func (f *fleet) unsent(subject string, err error) {
	if err != nil {
		f.stats.unsent.Add(1)
		f.log.Debug("not sent", "subject", subject, "error", err)
	}
}

// begin publishes what changed and has the round computed.
func (f *fleet) begin(c *call) {
	f.call = c
	f.step = c.step
	if f.last != nil {
		f.answers.pool.Put(f.last)
		f.last = nil
	}
	f.spent = spent{}
	version := f.publisher.begin(c.params.Params, c.params.Changed)
	effects := f.machine.Step(f.now(), "", dispatch.Begin{Round: c.round, Version: version})
	f.stats.rounds.Store(int64(f.machine.Rounds()))
	f.answers.begin(f.machine.Number(), c)
	f.act(effects)
}

// streamed tells the machine, and the workers, what became of parameters.
func (f *fleet) streamed() {
	for _, e := range f.publisher.take() {
		a, _ := protocol.ParseAddress(e.Worker)
		if box := f.boxes[a.Worker]; box == nil || box.address != a {
			continue // it was removed meanwhile
		}
		switch e.Kind {
		case stream.Caught:
			f.act(f.machine.Step(f.now(), a.Worker, dispatch.Caught{}))
		case stream.Behind:
			f.act(f.machine.Step(f.now(), a.Worker, dispatch.Behind{Why: e.Why}))
		default:
			f.publish(f.subject.To(a), "", &protocol.Listen{Term: f.lead.Term, On: e.Kind == stream.Listen}, nil)
		}
	}
}

// finish ends the round and lets go of the parameters.
func (f *fleet) finish() {
	f.call = nil
	f.publisher.release()
	f.act(f.machine.Step(f.now(), "", dispatch.End{}))
	f.answers.end()
}

// reply answers the call.
func (f *fleet) reply(r reply) {
	c := f.call
	if c == nil {
		return
	}
	if f.last = r.root; r.root != nil {
		f.stats.times.add(f.spent)
	}
	f.finish()
	c.replies <- r
}

// sendTo sends to one session of a worker.
func (f *fleet) sendTo(a protocol.Address, e dispatch.Send) {
	if !a.Valid() {
		return
	}
	void := ""
	if e.Void {
		void = f.void + "." + a.String()
	}
	f.publish(f.subject.To(a), void, e.Message, nil)
}

// say writes a line, if there is a ration left for it.
func (f *fleet) say(s dispatch.Say) {
	switch {
	case !f.ration.pass(time.Now(), s.Kind, f.speaking, s.Text):
	case s.Warn:
		f.log.Warn(s.Text)
	default:
		f.log.Info(s.Text)
	}
}

// endRation says how many lines were held.
func (f *fleet) endRation() {
	for _, line := range f.ration.end(time.Now()) {
		f.log.Warn(line)
	}
}

// act does what the machine says. The round's end comes last, because it calls the machine
// again, which reuses the effects.
func (f *fleet) act(effects []dispatch.Effect) {
	var end *reply
	for _, e := range effects {
		switch e := e.(type) {
		case dispatch.Send:
			f.sendTo(protocol.Address{Worker: e.Worker, Session: e.Session}, e)
		case dispatch.Admit:
			f.openBox(protocol.Address{Worker: e.Worker, Session: e.Session})
		case dispatch.Remove:
			f.publisher.do(func(m *stream.Machine, _ time.Duration) {
				m.Remove(protocol.Address{Worker: e.Worker, Session: e.Session}.String())
			})
			f.closeBox(e.Worker)
		case dispatch.Silent:
			if box := f.boxes[e.Worker]; box != nil {
				f.publisher.do(func(m *stream.Machine, now time.Duration) { m.Silent(now, box.address.String()) })
			}
		case dispatch.Say:
			f.say(e)
		case dispatch.Wait:
			f.log.Info(e.Text)
			if f.call != nil && f.call.params.Waiting != nil {
				f.call.params.Waiting(e.Text)
			}
		case dispatch.Accept:
			f.accept()
		case dispatch.Anew:
			f.answers.end()
			f.answers.begin(e.Round, f.call)
		case dispatch.Withdraw:
			end = &reply{err: &train.Withdrawn{Step: e.Step, Why: e.Text}}
		case dispatch.Quarantined:
			f.report.quarantined(f.step, e)
		case dispatch.Fail:
			end = &reply{err: errors.New(e.Text)}
		case dispatch.Done:
			r := f.answers.result(f.call, len(f.sets))
			end = &r
		}
	}
	f.stats.workers.Store(int64(f.machine.Workers()))
	if end != nil {
		f.reply(*end)
	}
}

// farewell is how the workers learn that the run is complete.
type farewell struct {
	limit  time.Duration
	linger bool // for all of limit: workers may come that do not know of it
}

// Farewell tells the workers that the run is complete, and returns when they have left or
// the limit has passed.
func (f *fleet) Farewell(bye farewell) {
	select {
	case f.farewell <- bye:
		<-f.done
	case <-f.done:
	}
}
