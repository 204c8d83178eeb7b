package dispatch

import (
	"fmt"
	"testing"
	"time"

	"braid/protocol"
)

// benchFleet is a machine with some members, all of them ready.
func benchFleet(b *testing.B, members int) (*Machine, []string) {
	m := New(Config{Term: 3, Leader: "me", Job: "job", Manifest: "manifest", Identity: testIdentity,
		Chunk: 512 << 10, MinWorkers: 1})
	names := make([]string, members)
	for i := range names {
		names[i] = fmt.Sprintf("w%d", i)
		m.Step(0, names[i], &protocol.Hello{Host: "h", PID: 1, Threads: 2, Class: "a", SelfTest: testIdentity.SelfTest,
			Platform: "test", MaxPayload: 1 << 20})
		m.Step(0, names[i], &protocol.Beat{Term: 3, Job: "job"})
		m.Step(0, names[i], Caught{})
	}
	if m.Workers() != members {
		b.Fatalf("%d of %d members can be given units", m.Workers(), members)
	}
	return m, names
}

// A round from its begin to its end: an order and an answer for every member that has a share.
func BenchmarkRound(b *testing.B) {
	for _, members := range []int{1, 16, 128, 1024} {
		b.Run(fmt.Sprint(members), func(b *testing.B) {
			m, _ := benchFleet(b, members)
			type answer struct {
				worker string
				number uint32
			}
			var answers []answer
			now := time.Duration(0)
			b.ReportAllocs()
			for step := uint64(0); b.Loop(); step++ {
				answers = answers[:0]
				for _, e := range m.Step(now, "", Begin{&GradientRound{Shards: members, Step: step}, step + 1}) {
					if s, ok := e.(Send); ok {
						o, ok := s.Message.(*protocol.Order)
						if !ok {
							continue
						}
						numbers, err := protocol.Numbers(o.Nodes, members)
						if err != nil {
							b.Fatal(err)
						}
						for _, n := range numbers {
							answers = append(answers, answer{s.Worker, n})
						}
					}
				}
				now += time.Millisecond
				done := false
				for _, a := range answers {
					m.Step(now, a.worker, &protocol.Node{Term: 3, Round: m.Number(), Node: a.number})
					if m.Asked(a.worker, m.Number(), a.number) {
						m.NeedsDigest(a.number)
						for _, e := range m.Step(now, a.worker, Answer{Round: m.Number(), Number: uint64(a.number), Finite: true}) {
							_, ended := e.(Done)
							done = done || ended
						}
					}
				}
				if !done {
					b.Fatalf("the round is not done after %d answers", len(answers))
				}
				m.Step(now, "", End{})
			}
			if b.Elapsed() > 0 && members > 1 {
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(2*members), "ns/message")
			}
		})
	}
}

// A second of a large fleet in the middle of a round: four beats of every member and the ticks.
func BenchmarkBeats(b *testing.B) {
	const beats, ticks = 4, 20
	for _, members := range []int{100, 10000} {
		b.Run(fmt.Sprint(members), func(b *testing.B) {
			m, names := benchFleet(b, members)
			beat := &protocol.Beat{Term: 3, Job: "job", Round: 1, Owed: 1}
			now := time.Duration(0)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer() // a round a second, so that no member is late
				m.Step(now, "", Begin{&GradientRound{Shards: members}, 1})
				beat.Round = m.Number()
				b.StartTimer()
				for range beats {
					for i, name := range names {
						if i%(members*beats/ticks) == 0 {
							now += time.Second / ticks
							m.Tick(now)
						}
						m.Step(now, name, beat)
					}
				}
			}
			b.ReportMetric(100*b.Elapsed().Seconds()/float64(b.N), "%core")
		})
	}
}
