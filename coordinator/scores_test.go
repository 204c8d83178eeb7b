package coordinator_test

import (
	"encoding/binary"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"braid/protocol"
)

// lyingScores returns the alter function of a worker that overwrites a number of its scores with v.
func lyingScores(t *testing.T, lies *atomic.Int64, number int, v uint64) func(frame []byte) []byte {
	return func(frame []byte) []byte {
		m, body, err := protocol.Decode(frame)
		u, ok := m.(*protocol.ExampleBlock)
		if err != nil || !ok {
			return frame
		}
		lies.Add(1)
		binary.LittleEndian.PutUint64(body[8*number:], v)
		if frame, err = protocol.Append(nil, u, body); err != nil {
			t.Error(err)
		}
		return frame
	}
}

// A worker that sends NaN or impossible counts in its scores does not change the choice of the best
// model: its answer is refused, another worker computes it, and the worker is quarantined by name.
//
// Layout of a score here: two numbers of all tasks; then topic's labelled examples, loss and
// normaliser; then its examples, its right ones, and right, found and gold by label.
func TestLiarInScoresIsFound(t *testing.T) {
	j := makeJob(t, "training.steps=100", "cluster.min_workers=3")
	want := local(t, j)
	for _, c := range []struct {
		name   string
		number int
		v      uint64
		why    string
	}{
		{"NaN loss", 3, math.Float64bits(math.NaN()),
			"quarantined for this term: step 10, scoring dev: its numbers of chunk "},
		{"all right", 6, 256, "impossible: task topic: "},
		{"a million right", 6, 1_000_000, "impossible: task topic: it counts 1000000 right ones, at most "},
		{"joint", 0, 1 << 60, "impossible: "},
		{"normaliser", 4, math.Float64bits(1), "impossible: task topic: its loss is normalised by 1, "},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := newCluster(t)
			var lies atomic.Int64
			liar := cl.workAt(newLiar(t, cl.server.URL(), lyingScores(t, &lies, c.number, c.v)), "liar")
			cl.workFar("w2")
			cl.workFar("w3")
			sameModel(t, cl.lead(j, nil).wait(t), want)
			<-liar.done
			if lies.Load() == 0 || liar.err == nil || !strings.Contains(liar.err.Error(), c.why) {
				t.Errorf("%d lies; %v, want %q", lies.Load(), liar.err, c.why)
			}
		})
	}
}
