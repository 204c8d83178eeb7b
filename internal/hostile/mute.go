package hostile

import (
	"context"
	"fmt"
	"sync"
	"time"

	"braid/protocol"
	"braid/transport"
	"braid/worker/session"
)

// Member is an admitted client that takes parameters as a worker does, and therefore gets orders, but computes nothing.
type Member struct {
	Address protocol.Address
	Fleet   protocol.FleetName
	Conn    *transport.Conn

	mu      sync.Mutex
	welcome protocol.Welcome
	intake  session.Intake
	refused string
}

// Join sends a Hello until the coordinator admits the member, and claims to be ready.
func Join(ctx context.Context, c transport.Config, f protocol.FleetName, name string) (*Member, error) {
	conn, err := transport.Connect(ctx, c)
	if err != nil {
		return nil, err
	}
	m := &Member{Address: protocol.Address{Worker: name, Session: "hostile"}, Fleet: f, Conn: conn}
	inlet := conn.NewInlet(m.receive)
	for _, subject := range []string{f.To(m.Address), f.Feed(m.Address), f.Params()} {
		if _, err := inlet.Subscribe(subject); err != nil {
			conn.Close()
			return nil, err
		}
	}
	h := hello(m.Address.Session)
	for m.state().Term == 0 {
		if why := m.Refused(); why != "" || ctx.Err() != nil {
			conn.Close()
			return nil, fmt.Errorf("%s was not admitted: %s %w", name, why, context.Cause(ctx))
		}
		if err := conn.Publish(f.Join(name), protocol.Frame(&h)); err != nil {
			return nil, err
		}
		wait(ctx, 50*time.Millisecond)
	}
	return m, m.Beat()
}

func (m *Member) receive(r transport.Received) {
	message, _, err := protocol.Decode(r.Data)
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch v := message.(type) {
	case *protocol.Params:
		if m.intake.Expects(v) {
			m.intake.Count(v)
		}
		m.acknowledge()
	case *protocol.Position:
		m.intake.Position(v)
		m.acknowledge()
	case *protocol.Welcome:
		m.welcome = *v
		m.intake.Reset(v.Term, v.Feed)
	case *protocol.Refusal:
		m.refused = v.Reason
	}
}

// acknowledge sends the counts of the parameters that arrived. The caller holds the lock.
func (m *Member) acknowledge() {
	p := m.intake.Progress()
	p.Listening = true
	ack := &protocol.Ack{Term: m.welcome.Term, Version: m.intake.Version(), Progress: p}
	_ = m.Conn.Publish(m.Fleet.From(m.Address), protocol.Frame(ack))
}

func (m *Member) state() protocol.Welcome {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.welcome
}

// Refused returns the coordinator's reason to refuse the member, "": it is not refused.
func (m *Member) Refused() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refused
}

// Beat sends one heartbeat.
func (m *Member) Beat() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	w, p := m.welcome, m.intake.Progress()
	p.Listening = true
	beat := &protocol.Beat{Term: w.Term, Job: w.Job, Version: m.intake.Version(), Progress: p}
	err := m.Conn.Publish(m.Fleet.From(m.Address), protocol.Frame(beat))
	if err == nil && (m.intake.Lost() || p.Feed == w.Feed) {
		err = m.Conn.Publish(m.Fleet.From(m.Address), protocol.Frame(&protocol.Ask{Term: w.Term, Progress: p}))
	}
	return err
}

// Mute sends heartbeats and nothing else until ctx ends.
func (m *Member) Mute(ctx context.Context) {
	for ctx.Err() == nil {
		_ = m.Beat()
		wait(ctx, 100*time.Millisecond)
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
