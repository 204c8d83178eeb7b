package nn

import (
	"slices"
	"testing"
)

// Forward alone gives the same hidden states in a fraction of the memory, also in memory
// that a training pass left, and for one that follows.
func TestForwardOnly(t *testing.T) {
	m := LSTM{In: 7, Hidden: 5, Layers: 2, Bidirectional: true}
	group := NewGroup("encoder", m.Specs())
	copy(group.Data, randoms(1, len(group.Data), 0.4))
	var p LSTMPacked
	m.Pack(&p, group.Params, true)
	var reused LSTMState
	for _, sequences := range []int{1, 3, 40, 150} { // the last more than a window in one step
		var lengths, shard []int32
		for i := range sequences {
			lengths, shard = append(lengths, int32(30-i*29/sequences)), append(shard, 0)
		}
		l := NewLayout(lengths, shard, 1)
		x := randoms(2, l.N()*m.In, 1)
		var kept, alone LSTMState
		alone.ForwardOnly = true
		want := m.Forward(&kept, &p, l, x, nil)
		for _, forwardOnly := range []bool{true, false, true} {
			reused.ForwardOnly = forwardOnly
			if !slices.Equal(m.Forward(&reused, &p, l, x, nil), want) {
				t.Errorf("%d sequences, forward only %v: other hidden states", sequences, forwardOnly)
			}
		}
		if !slices.Equal(m.Forward(&alone, &p, l, x, nil), want) {
			t.Errorf("%d sequences: other hidden states", sequences)
		}
		most, cell := 2*max(windowRows, sequences)*4*m.Hidden, &alone.cells[0]
		if len(cell.gates) > most || len(cell.c) != sequences*m.Hidden {
			t.Errorf("%d sequences: %d gates and %d cells are kept", sequences, len(alone.cells[0].gates), len(alone.cells[0].c))
		}
	}
}
