package model

import (
	"bytes"
	"testing"

	"braid/job"
)

// The outcomes of single examples add up to the scores of all kinds bit by bit, whatever the size of the blocks, and
// survive their encoding.
func TestOutcomesAddUpToScores(t *testing.T) {
	j, p := small(t)
	m := newModel(j, p)
	for _, n := range []int{1, 7, 60} {
		blocks := ExampleBlocks(p.Sets, job.Dev, n)
		scores, err := m.engine(2).Scores(t.Context(), p.Sets, blocks, true)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := m.engine(1).Scores(t.Context(), p.Sets, blocks, false)
		if err != nil {
			t.Fatal(err)
		}
		sum, want := m.NewSetScore(0, true), m.NewSetScore(0, false)
		for i, s := range scores {
			if err := m.Check(s, m.Perfect(p.Sets, blocks[i])); err != nil {
				t.Errorf("block %d of %d examples: %v", i, n, err)
			}
			back := m.NewSetScore(0, true)
			if err := back.Decode(s.AppendBinary(nil)); err != nil || !bytes.Equal(back.AppendBinary(nil), s.AppendBinary(nil)) {
				t.Errorf("block %d of %d examples: decoded with %v, or to something else", i, n, err)
			}
			sum.Add(back)
			want.Add(plain[i])
		}
		for task := range j.Tasks {
			_, _, ok := want.Of(task)
			got, wanted := sum.Outcomes(task).Score(n).AppendBinary(nil), want.tasks[task].score.AppendBinary(nil)
			if !ok || !bytes.Equal(got, wanted) {
				t.Errorf("%s, blocks of %d: the outcomes add up to %x, the score is %x", j.Tasks[task].Name, n, got, wanted)
			}
		}
	}
}

// A worker cannot report outcomes that the data or its own score contradict. Every change of one byte is refused,
// except for one that keeps the sums.
func TestForgedOutcomesAreRefused(t *testing.T) {
	j, p := small(t)
	m := newModel(j, p)
	blocks := ExampleBlocks(p.Sets, job.Dev, 60)
	scores, err := m.engine(1).Scores(t.Context(), p.Sets, blocks, true)
	if err != nil {
		t.Fatal(err)
	}
	best := m.Perfect(p.Sets, blocks[0])
	honest := scores[0].AppendBinary(nil)
	scores[0].outcomes = false
	begin := len(scores[0].AppendBinary(nil))
	try := func(b []byte) error {
		s := m.NewSetScore(0, true)
		if err := s.Decode(b); err != nil {
			return err
		}
		return m.Check(s, best)
	}
	if err := try(honest); err != nil {
		t.Fatal(err)
	}
	for at := begin; at < len(honest); at++ {
		for _, v := range []byte{1, 2, 0x80, 0xff} {
			b := bytes.Clone(honest)
			if b[at] ^= v; try(b) == nil {
				t.Errorf("byte %d: %x in place of %x is accepted", at-begin, b[at], honest[at])
			}
		}
		if try(honest[:at]) == nil {
			t.Errorf("%d of %d bytes are accepted", at, len(honest))
		}
	}
}

// A worker cannot leave out outcomes that fit into a message.
func TestMissingOutcomesAreRefused(t *testing.T) {
	j, p := small(t)
	m := newModel(j, p)
	block := ExampleBlocks(p.Sets, job.Dev, 60)[0]
	best := m.Perfect(p.Sets, block)
	for i := range best.tasks {
		s := m.Perfect(p.Sets, block)
		if err := m.Check(s, best); err != nil {
			t.Fatal(err)
		}
		if s.tasks[i].outcomes = nil; m.Check(s, best) == nil {
			t.Errorf("%s: a score without outcomes is accepted", j.Tasks[i].Name)
		}
	}
}

// Decode does not panic on any bytes, and the bytes that it accepts are those of AppendBinary.
func FuzzDecodeOutcomes(f *testing.F) {
	j, p := small(f)
	m := newModel(j, p)
	f.Add(m.NewSetScore(0, true).AppendBinary(nil))
	f.Add(m.Perfect(p.Sets, ExampleBlocks(p.Sets, job.Dev, 9)[0]).AppendBinary(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := m.NewSetScore(0, true)
		if s.Decode(b) == nil && !bytes.Equal(s.AppendBinary(nil), b) {
			t.Errorf("%x is another form of %x", b, s.AppendBinary(nil))
		}
	})
}

// Outcomes that do not fit into a message are left out, the others stay.
func TestLargeOutcomesAreLeftOut(t *testing.T) {
	j, p := small(t)
	m := newModel(j, p)
	s := m.Perfect(p.Sets, ExampleBlocks(p.Sets, job.Dev, 60)[0])
	o := s.tasks[2].outcomes
	for len(o.AppendBinary(nil)) < maxOutcomes {
		o.Append(o)
	}
	s.fitOutcomes()
	if s.Outcomes(2) != nil || s.Outcomes(1) == nil || s.Outcomes(4) == nil {
		t.Error("not exactly the outcomes of task 2 are left out")
	}
	back := m.NewSetScore(0, true)
	if err := back.Decode(s.AppendBinary(nil)); err != nil || back.Outcomes(2) != nil || back.Outcomes(4) == nil {
		t.Errorf("decoded: %v", err)
	}
	whole := m.NewSetScore(0, true)
	whole.Add(s)
	if whole.Outcomes(2) != nil {
		t.Error("a sum with a part without outcomes has outcomes")
	}
}
