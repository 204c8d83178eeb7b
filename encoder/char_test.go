package encoder

import (
	"slices"
	"testing"

	"braid/data"
	"braid/gradient"
	"braid/job"
)

// charScene has an encoder of the spelling alone, with 12 characters. Training replaces rare words
// always.
func charScene() *scene {
	s := newSceneOf(job.Encoder{Kind: "lstm", Word: job.Word{Dim: 3, Unknown: 1},
		Char: job.Char{Kind: job.CharConv, Dim: 4, Filters: 7, Width: 3}, LSTM: job.LSTM{Hidden: 2, Layers: 1}})
	s.e, s.groups = s.e.(*lstm).input.(*concat).parts[1], s.groups[len(s.groups)-2:]
	return s
}

// The row of a word depends on its spelling alone: replacing the word's id in training does not
// change the row. A word without characters has the row 0.
func TestCharReadsSpellings(t *testing.T) {
	s := charScene()
	w, p := s.weights(true), s.e.NewPass()
	training := slices.Clone(p.Forward(w, &s.block))
	s.block.Masks, s.block.Backwards = nil, 0
	y := p.Forward(s.weights(false), &s.block)
	if !slices.Equal(training, y) {
		t.Error("training has other rows than evaluation")
	}
	places := appendPlaces(nil, &s.block)
	spelling := func(r int) []uint32 {
		c := s.block.Corpus.Columns[0]
		return c.IDs[c.Off[places[r]]:c.Off[places[r]+1]]
	}
	row := func(r int) []float32 { return y[r*7 : (r+1)*7] }
	empty, equal := 0, 0
	for a := range places {
		if len(spelling(a)) == 0 {
			empty++
			if !slices.Equal(row(a), make([]float32, 7)) {
				t.Errorf("row %v of a word without characters", row(a))
			}
		}
		for b := range a {
			if same := slices.Equal(spelling(a), spelling(b)); same != slices.Equal(row(a), row(b)) {
				t.Errorf("%v and %v have the rows %v and %v", spelling(a), spelling(b), row(a), row(b))
			} else if same {
				equal++
			}
		}
	}
	if empty == 0 || equal == 0 {
		t.Errorf("%d words without characters, %d pairs of equal words", empty, equal)
	}
}

// A step that changes neither filters nor characters packs nothing, and one that changes either
// packs both.
func TestCharPacksWhatChanged(t *testing.T) {
	s := charScene()
	w := s.weights(true)
	for _, changed := range [][]bool{{false, false}, {true, false}, {false, true}} {
		s.groups[charTable].Data[0]++
		if !changed[0] && !changed[1] {
			s.groups[charTable].Data[0]--
		}
		pieces := w.Begin(s.groups, changed)
		for piece := range pieces {
			w.Pack(piece)
		}
		if (pieces > 0) != (changed[0] || changed[1]) {
			t.Errorf("%v changed: %d pieces", changed, pieces)
		}
		if got, want := s.e.NewPass().Forward(w, &s.block), s.e.NewPass().Forward(s.weights(true), &s.block); !slices.Equal(
			got, want) {
			t.Errorf("%v changed: rows of old parameters", changed)
		}
	}
}

// The rows of the table have the names of their characters, whose initial values do not depend on
// the other characters.
func TestCharNamesItsRows(t *testing.T) {
	e := newChar(Spec{Job: job.Encoder{Kind: "lstm", Char: job.Char{Kind: job.CharConv, Dim: 2, Filters: 1, Width: 1}},
		Input: func(string) data.Input { return named{} }})
	g := e.Groups()[charTable]
	if g.Row(0) != "unknown" || g.Row(1) != "é" || g.Row(2) != "b" || g.Specs[0].Shape[0] != 3 {
		t.Errorf("rows %q %q %q of %v", g.Row(0), g.Row(1), g.Row(2), g.Specs[0].Shape)
	}
	if newChar(Spec{Job: job.Encoder{Kind: "lstm", Char: job.Char{Kind: job.CharOff}}}) != nil {
		t.Error("a character encoder that is off")
	}
}

// named is an input of two characters.
type named struct{ someFeatures }

func (named) Size() int         { return 3 }
func (named) Entries() []string { return []string{"é", "b"} }

// Many filters have several ranges, which cover the gradient.
func TestCharRanges(t *testing.T) {
	e := newChar(Spec{Job: job.Encoder{Kind: "lstm", Char: job.Char{Kind: job.CharConv, Dim: 100, Filters: 90, Width: 3}},
		Input: func(string) data.Input { return named{} }})
	at := 0
	for _, r := range e.Ranges() {
		if r != (gradient.Range{Slot: charFilters, Lo: at, Hi: r.Hi}) || r.Hi <= at {
			t.Fatalf("range %+v behind number %d", r, at)
		}
		at = r.Hi
	}
	if want := 90 * (300 + 1); at != want || len(e.Ranges()) < 2 {
		t.Errorf("%d ranges cover %d numbers, want %d", len(e.Ranges()), at, want)
	}
}
