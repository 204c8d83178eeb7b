package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
)

// The binary forms travel to workers: little endian, a version byte first, every count
// held against the bytes that are there before anything is allocated.
const binaryVersion = 1

var errBinary = errors.New("data: message ends early")

type writer struct{ b []byte }

func (w *writer) u32(v uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, v) }

func (w *writer) u32s(v []uint32) {
	w.u32(uint32(len(v)))
	for _, x := range v {
		w.u32(x)
	}
}

func (w *writer) i32s(v []int32) {
	w.u32(uint32(len(v)))
	for _, x := range v {
		w.u32(uint32(x))
	}
}

func (w *writer) strings(v []string) {
	w.u32(uint32(len(v)))
	for _, s := range v {
		w.u32(uint32(len(s)))
		w.b = append(w.b, s...)
	}
}

type parser struct {
	b   []byte
	err error
}

func (r *parser) u32() uint32 {
	if r.err != nil || len(r.b) < 4 {
		r.err = errBinary
		return 0
	}
	v := binary.LittleEndian.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

// count reads a length whose items take at least size bytes each.
func (r *parser) count(size int) int {
	n := int(r.u32())
	if r.err == nil && n > len(r.b)/size {
		r.err = errBinary
	}
	if r.err != nil {
		return 0
	}
	return n
}

func (r *parser) u32s() []uint32 {
	n := r.count(4)
	if n == 0 {
		return nil
	}
	v := make([]uint32, n)
	for i := range v {
		v[i] = r.u32()
	}
	return v
}

func (r *parser) i32s() []int32 {
	n := r.count(4)
	if n == 0 {
		return nil
	}
	v := make([]int32, n)
	for i := range v {
		v[i] = int32(r.u32())
	}
	return v
}

func (r *parser) strings() []string {
	n := r.count(4)
	if n == 0 {
		return nil
	}
	v := make([]string, n)
	for i := range v {
		k := r.count(1)
		v[i] = string(r.b[:k])
		r.b = r.b[k:]
	}
	return v
}

func (r *parser) version() {
	if len(r.b) == 0 || r.b[0] != binaryVersion {
		r.err = errors.New("data: not of this version")
		return
	}
	r.b = r.b[1:]
}

func (r *parser) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.err = fmt.Errorf("data: %d bytes too many", len(r.b))
	}
	return r.err
}

// MarshalBinary writes the vocabulary.
func (v *Vocab) MarshalBinary() ([]byte, error) {
	w := writer{[]byte{binaryVersion, flag(v.normalised) | flag(v.lower)<<1}}
	w.strings(v.words)
	w.strings(v.forms)
	for _, rare := range v.rare {
		w.b = append(w.b, flag(rare))
	}
	return w.b, nil
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (v *Vocab) UnmarshalBinary(b []byte) error {
	r := parser{b: b}
	r.version()
	if r.err == nil && len(r.b) < 1 {
		r.err = errBinary
	}
	if r.err != nil {
		return r.err
	}
	v.normalised, v.lower = r.b[0]&1 != 0, r.b[0]&2 != 0
	r.b = r.b[1:]
	v.words, v.forms = r.strings(), r.strings()
	if r.err != nil || len(r.b) != v.Len() || !startsWithShapes(v.words) {
		return errBinary
	}
	v.rare = make([]bool, v.Len())
	for i, bit := range r.b {
		v.rare[i] = bit == 1
	}
	v.index()
	return r.err
}

// MarshalBinary writes the labels.
func (l *Labels) MarshalBinary() ([]byte, error) {
	w := writer{[]byte{binaryVersion}}
	w.u32(uint32(l.trained))
	w.strings(l.names)
	return w.b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (l *Labels) UnmarshalBinary(b []byte) error {
	r := parser{b: b}
	r.version()
	l.trained = int(r.u32())
	l.names = r.strings()
	if r.err == nil && l.trained > len(l.names) {
		r.err = errBinary
	}
	l.index()
	return r.end()
}

// MarshalBinary writes the corpus.
func (c *Corpus) MarshalBinary() ([]byte, error) {
	w := writer{make([]byte, 1, 64+4*(len(c.Words)*(1+len(c.Targets))+len(c.Offsets)))}
	w.b[0] = binaryVersion
	w.u32s(c.Offsets)
	w.u32s(c.Words)
	w.u32s(c.Any)
	w.u32(uint32(len(c.Targets)))
	for _, t := range c.Targets {
		w.u32(uint32(t.Task))
		w.i32s(t.Class)
		w.i32s(t.Tags)
		w.u32s(t.SetOff)
		w.i32s(t.SetIDs)
		w.u32(uint32(len(t.Values)))
		for _, v := range t.Values {
			w.u32(math.Float32bits(v))
		}
		w.u32s(t.Labelled)
		w.u32s(t.Cut)
		w.u32s(t.CutOff)
		w.i32s(t.CutTags)
	}
	return w.b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote, and checks that it hangs together: every
// index lies inside what it points into.
func (c *Corpus) UnmarshalBinary(b []byte) error {
	r := parser{b: b}
	r.version()
	c.Offsets, c.Words, c.Any = r.u32s(), r.u32s(), r.u32s()
	c.Targets = make([]Target, r.count(40))
	for i := range c.Targets {
		t := &c.Targets[i]
		t.Task = int(r.u32())
		t.Class, t.Tags, t.SetOff, t.SetIDs = r.i32s(), r.i32s(), r.u32s(), r.i32s()
		if n := r.count(4); n > 0 {
			t.Values = make([]float32, n)
			for k := range t.Values {
				t.Values[k] = math.Float32frombits(r.u32())
			}
		}
		t.Labelled = r.u32s()
		t.Cut, t.CutOff, t.CutTags = r.u32s(), r.u32s(), r.i32s()
	}
	if err := r.end(); err != nil {
		return err
	}
	return c.check()
}

func (c *Corpus) check() error {
	wrong := errors.New("data: the corpus does not hang together")
	n := c.Len()
	if n < 0 || !rising(c.Offsets, 1, len(c.Words)) || !below(c.Any, n) {
		return wrong
	}
	for _, t := range c.Targets {
		fits := func(got, want int) bool { return got == 0 || got == want }
		if !fits(len(t.Class), n) || !fits(len(t.Tags), len(c.Words)) || !fits(len(t.Values), n) ||
			!fits(len(t.SetOff), n+1) ||
			!below(t.Labelled, n) || len(t.SetOff) > 0 && !rising(t.SetOff, 0, len(t.SetIDs)) || len(t.SetOff) == 0 &&
			len(t.SetIDs) > 0 {
			return wrong
		}
		if !below(t.Cut, n) || len(t.Cut) > 0 && (len(t.CutOff) != len(t.Cut)+1 || !rising(t.CutOff, 1, len(t.CutTags))) ||
			len(t.Cut) == 0 && len(t.CutOff)+len(t.CutTags) > 0 {
			return wrong
		}
	}
	return nil
}

// rising says that offsets go from 0 to end in steps of at least least.
func rising(offsets []uint32, least uint32, end int) bool {
	if len(offsets) == 0 || offsets[0] != 0 || int(offsets[len(offsets)-1]) != end {
		return false
	}
	for i := 1; i < len(offsets); i++ {
		if offsets[i] < offsets[i-1] || offsets[i]-offsets[i-1] < least {
			return false
		}
	}
	return true
}

func below(ids []uint32, n int) bool {
	for i, id := range ids {
		if int(id) >= n || i > 0 && id <= ids[i-1] {
			return false
		}
	}
	return true
}

// Len is the number of examples.
func (c *Corpus) Len() int { return len(c.Offsets) - 1 }

// Example returns the words of example i.
func (c *Corpus) Example(i int) []uint32 { return c.Words[c.Offsets[i]:c.Offsets[i+1]] }

// Hash is the SHA-256 of the binary form, in hex.
func (c *Corpus) Hash() string {
	b, _ := c.MarshalBinary()
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
