package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
)

// Workers receive the binary forms. They are little endian and start with a version byte. A
// parser compares every count with the number of remaining bytes before it allocates.
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

// count reads a number of items that take at least size bytes each.
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

// MarshalBinary returns the binary form. It never fails.
func (v *Vocab) MarshalBinary() ([]byte, error) {
	w := writer{[]byte{binaryVersion, flag(v.normalised) | flag(v.lower)<<1 | flag(len(v.inputs) > 0)<<2 |
		flag(v.pretrained)<<3 | flag(v.text)<<4 | flag(!v.pretrained && len(v.fixed) > 0)<<5}}
	w.strings(v.words)
	w.strings(v.forms)
	if v.pretrained || len(v.fixed) > 0 {
		w.strings(v.fixed)
	}
	for id, rare := range v.rare {
		w.b = append(w.b, flag(rare)|flag(id < len(v.given) && v.given[id])<<1)
	}
	if len(v.inputs) > 0 {
		w.u32(uint32(len(v.inputs)))
	}
	for _, in := range v.inputs {
		w.strings([]string{in.name})
		w.strings(in.Entries())
	}
	return w.b, nil
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// UnmarshalBinary reads the output of MarshalBinary.
func (v *Vocab) UnmarshalBinary(b []byte) error {
	r := parser{b: b}
	r.version()
	if r.err == nil && len(r.b) < 1 {
		r.err = errBinary
	}
	if r.err != nil {
		return r.err
	}
	flags := r.b[0]
	v.normalised, v.lower, v.text = flags&1 != 0, flags&2 != 0, flags&16 != 0
	r.b = r.b[1:]
	v.words, v.forms = r.strings(), r.strings()
	v.fixed, v.given, v.pretrained = nil, nil, flags&8 != 0
	if v.pretrained || flags&32 != 0 {
		v.fixed = r.strings()
	}
	if v.pretrained {
		v.given = make([]bool, v.Trained())
	}
	if r.err != nil || len(r.b) < v.Len() || !startsWithShapes(v.words) {
		return errBinary
	}
	v.rare = make([]bool, v.Len())
	for i := range v.rare {
		v.rare[i] = r.b[i]&1 != 0
		if i < len(v.given) {
			v.given[i] = r.b[i]&2 != 0
		}
	}
	r.b = r.b[v.Len():]
	v.index()
	if v.inputs = nil; flags&4 != 0 {
		v.parseInputs(&r)
	}
	return r.end()
}

func (v *Vocab) parseInputs(r *parser) {
	for range r.count(8) {
		name, entries := r.strings(), r.strings()
		if r.err != nil || len(name) != 1 {
			r.err = errBinary
			return
		}
		var in vocabInput
		in, r.err = restoreInput(name[0], entries)
		v.inputs = append(v.inputs, in)
	}
}

// MarshalBinary returns the binary form. It never fails.
func (l *Labels) MarshalBinary() ([]byte, error) {
	w := writer{[]byte{binaryVersion}}
	w.u32(uint32(l.trained))
	w.strings(l.names)
	return w.b, nil
}

// UnmarshalBinary reads the output of MarshalBinary.
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

// MarshalBinary returns the binary form. It never fails.
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
	if len(c.Columns) > 0 { // none are written, so that digests are those from before columns existed
		w.u32(uint32(len(c.Columns)))
	}
	for _, column := range c.Columns {
		w.u32s(column.Off)
		w.u32s(column.IDs)
	}
	return w.b, nil
}

// UnmarshalBinary reads the output of MarshalBinary and checks that every index is in range.
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
	c.Columns = nil
	if r.err == nil && len(r.b) > 0 {
		c.Columns = make([]Column, r.count(8))
	}
	for i := range c.Columns {
		c.Columns[i] = Column{r.u32s(), r.u32s()}
	}
	if err := r.end(); err != nil {
		return err
	}
	return c.check()
}

func (c *Corpus) check() error {
	wrong := errors.New("data: the parts of the corpus contradict each other")
	n := c.Len()
	if n < 0 || !rising(c.Offsets, 1, len(c.Words)) || !below(c.Any, n) {
		return wrong
	}
	for _, column := range c.Columns {
		if len(column.Off) != len(c.Words)+1 || !rising(column.Off, 0, len(column.IDs)) {
			return wrong
		}
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

// rising reports whether offsets rise from 0 to end in steps of at least least.
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

// largest returns the length of the longest list of ids.
func (c *Corpus) largest() int {
	n := len(c.Words)
	for i := range c.Columns {
		n = max(n, len(c.Columns[i].IDs))
	}
	return n
}

// Len returns the number of examples.
func (c *Corpus) Len() int { return len(c.Offsets) - 1 }

// Example returns the words of example i.
func (c *Corpus) Example(i int) []uint32 { return c.Words[c.Offsets[i]:c.Offsets[i+1]] }

// Hash returns the SHA-256 of the binary form, in hex.
func (c *Corpus) Hash() string {
	b, _ := c.MarshalBinary()
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
