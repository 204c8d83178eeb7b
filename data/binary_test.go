package data

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"braid/job"
)

func sampleCorpus() *Corpus {
	return &Corpus{
		Offsets: []uint32{0, 2, 3}, Words: []uint32{4, 0, 9}, Any: []uint32{0, 1},
		Targets: []Target{
			{Task: 0, Class: []int32{1, -1}, Labelled: []uint32{0}},
			{Task: 1, Tags: []int32{0, 2, -1}, Labelled: []uint32{0}, Cut: []uint32{0}, CutOff: []uint32{0, 2},
				CutTags: []int32{0, 1}},
			{Task: 2, SetOff: []uint32{0, 2, 2}, SetIDs: []int32{0, 3}, Labelled: []uint32{0, 1}},
			{Task: 5, Values: []float32{-0.5, 2}, Labelled: []uint32{0, 1}},
		},
	}
}

func TestBinaryRoundTrips(t *testing.T) {
	c, back := sampleCorpus(), &Corpus{}
	b, _ := c.MarshalBinary()
	if err := back.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, back); d != "" {
		t.Error(d)
	}
	if c.Hash() != back.Hash() {
		t.Error("the hash changed")
	}
	for n := range b {
		if (&Corpus{}).UnmarshalBinary(b[:n]) == nil {
			t.Errorf("accepts the first %d of %d bytes", n, len(b))
		}
	}

	v, vBack := vocabOf(job.Word{MinCount: 1, Unknown: 0.5, Digits: "keep"}, "B a1 a2 ü"), &Vocab{}
	b, _ = v.MarshalBinary()
	if err := vBack.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(v, vBack, cmp.AllowUnexported(Vocab{})); d != "" {
		t.Error(d)
	}
	for n := range b {
		if (&Vocab{}).UnmarshalBinary(b[:n]) == nil {
			t.Errorf("accepts the first %d of %d bytes", n, len(b))
		}
	}

	l, lBack := NewLabels([]string{"I-x", "O", "B-x"}), &Labels{}
	l.meet("stranger")
	b, _ = l.MarshalBinary()
	if err := lBack.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(l, lBack, cmp.AllowUnexported(Labels{})); d != "" {
		t.Error(d)
	}
	for n := range b {
		if (&Labels{}).UnmarshalBinary(b[:n]) == nil {
			t.Errorf("accepts the first %d of %d bytes", n, len(b))
		}
	}
}

// A well-formed corpus whose parts contradict each other is refused.
func TestCorpusCheck(t *testing.T) {
	for name, spoil := range map[string]func(*Corpus){
		"empty example":     func(c *Corpus) { c.Offsets[1] = 0 },
		"offsets too far":   func(c *Corpus) { c.Offsets[2] = 4 },
		"no offsets":        func(c *Corpus) { c.Offsets = nil },
		"any out of range":  func(c *Corpus) { c.Any[1] = 2 },
		"any not ascending": func(c *Corpus) { c.Any[1] = 0 },
		"class too short":   func(c *Corpus) { c.Targets[0].Class = c.Targets[0].Class[:1] },
		"tags too long":     func(c *Corpus) { c.Targets[1].Tags = append(c.Targets[1].Tags, 0) },
		"sets past the end": func(c *Corpus) { c.Targets[2].SetOff[2] = 7 },
		"cut past the end":  func(c *Corpus) { c.Targets[1].Cut[0] = 2 },
		"cut tags too long": func(c *Corpus) { c.Targets[1].CutTags = append(c.Targets[1].CutTags, 0) },
		"cut of nothing":    func(c *Corpus) { c.Targets[1].CutOff, c.Targets[1].CutTags = []uint32{0, 0}, nil },
		"cut of no example": func(c *Corpus) { c.Targets[1].Cut = nil },
		"labelled twice":    func(c *Corpus) { c.Targets[3].Labelled[1] = 0 },
	} {
		c := sampleCorpus()
		spoil(c)
		b, _ := c.MarshalBinary()
		if (&Corpus{}).UnmarshalBinary(b) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
