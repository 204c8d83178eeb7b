package model

import (
	"maps"
	"slices"
	"testing"

	"braid/gradient"
)

// The rows of a table are in a node's gradient, and so on the wire, once each, however many words
// share a feature and however many shards have it.
func TestSharedFeaturesTravelOnce(t *testing.T) {
	j, p := small(t, "training.mode=joint", "encoder.word.features=hashed", "encoder.word.unknown=0")
	m, step := newModel(j, p), planner(t, j, p).At(0)
	g, err := m.engine(2).Gradients(t.Context(), p.Sets, step, scales(j, p, step), []gradient.Node{gradient.Root}, nil)
	if err != nil {
		t.Fatal(err)
	}
	corpus, uses := p.Sets[0].Train, 0
	words, features := map[uint32]bool{}, map[uint32]bool{}
	for _, positions := range step.Streams[0].Shards {
		for _, example := range resolve(nil, j, corpus, step.Streams[0], positions) {
			for k := corpus.Offsets[example]; k < corpus.Offsets[example+1]; k++ {
				words[corpus.Words[k]] = true
				for _, id := range corpus.Columns[0].IDs[corpus.Columns[0].Off[k]:corpus.Columns[0].Off[k+1]] {
					features[id] = true
					uses++
				}
			}
		}
	}
	if uses < 3*len(features) {
		t.Fatalf("%d features, used %d times: the step does not suit the test", len(features), uses)
	}
	const lossTag, sectionHead, id = 1, 13, 4
	size, tables := lossTag+16*len(j.Tasks), 0
	for slot, dense := range g[0].Dense {
		if dense != nil {
			size += sectionHead + 4*len(dense)
			continue
		}
		want := []map[uint32]bool{words, features}[tables]
		tables++
		size += sectionHead + len(want)*(id+4*j.Encoder.Word.Dim)
		if got := g[0].Rows[slot].IDs; !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
			t.Errorf("table %d has the rows %v, want %v", tables, got, slices.Sorted(maps.Keys(want)))
		}
	}
	if sent := len(g[0].AppendBinary(nil, gradient.F32)); sent != size || tables != 2 {
		t.Errorf("%d bytes with %d tables are sent, want %d with 2", sent, tables, size)
	}
}
