package protocol

import (
	"bytes"
	"reflect"
	"testing"
)

// fuzzMessage feeds frames of one kind: none may panic or allocate without bound, and what
// is decoded encodes to a frame that decodes to the same.
func fuzzMessage(f *testing.F, sample Message) {
	frame := Frame(sample)
	f.Add(frame[prefix:])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, header []byte) {
		if len(header) > MaxHeader {
			return
		}
		b := seal(append([]byte{sample.kind(), Version, byte(len(header)), byte(len(header) >> 8), 0, 0, 0, 0}, header...))
		m, body, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Append(nil, m, body)
		if err != nil {
			t.Fatal(err)
		}
		n, _, err := Decode(again)
		if err != nil || !reflect.DeepEqual(m, n) {
			t.Fatalf("%#v became %#v: %v", m, n, err)
		}
	})
}

func sampleOf(kind byte) Message {
	for _, m := range samples {
		if m.kind() == kind {
			return m
		}
	}
	panic("no sample")
}

func FuzzLead(f *testing.F)    { fuzzMessage(f, sampleOf(new(Lead).kind())) }
func FuzzHello(f *testing.F)   { fuzzMessage(f, sampleOf(new(Hello).kind())) }
func FuzzWelcome(f *testing.F) { fuzzMessage(f, sampleOf(new(Welcome).kind())) }
func FuzzRefusal(f *testing.F) { fuzzMessage(f, sampleOf(new(Refusal).kind())) }
func FuzzOrder(f *testing.F)   { fuzzMessage(f, sampleOf(new(Order).kind())) }
func FuzzNode(f *testing.F)    { fuzzMessage(f, sampleOf(new(Node).kind())) }
func FuzzUnit(f *testing.F)    { fuzzMessage(f, sampleOf(new(Unit).kind())) }
func FuzzFailed(f *testing.F)  { fuzzMessage(f, sampleOf(new(Failed).kind())) }
func FuzzParams(f *testing.F)  { fuzzMessage(f, sampleOf(new(Params).kind())) }
func FuzzAsk(f *testing.F)     { fuzzMessage(f, sampleOf(new(Ask).kind())) }
func FuzzBeat(f *testing.F)    { fuzzMessage(f, sampleOf(new(Beat).kind())) }
func FuzzNudge(f *testing.F)   { fuzzMessage(f, sampleOf(new(Nudge).kind())) }
func FuzzCredit(f *testing.F)  { fuzzMessage(f, sampleOf(new(Credit).kind())) }
func FuzzUnknown(f *testing.F) { fuzzMessage(f, sampleOf(new(Unknown).kind())) }
func FuzzLeave(f *testing.F)   { fuzzMessage(f, sampleOf(new(Leave).kind())) }

// FuzzDecode takes anything as a frame.
func FuzzDecode(f *testing.F) {
	for _, m := range samples {
		f.Add(Frame(m))
	}
	f.Fuzz(func(t *testing.T, b []byte) { _, _, _ = Decode(b) })
}

// FuzzPatch takes anything as a patch: it applies whole or not at all.
func FuzzPatch(f *testing.F) {
	shapes := []Shape{{Size: 3}, {Size: 6, Dim: 2}}
	f.Add(AppendRows(AppendWhole(nil, 0, []float32{1, 2, 3}), 1, 2, []uint32{0, 2}, make([]float32, 6)))
	f.Fuzz(func(t *testing.T, b []byte) {
		groups := [][]float32{make([]float32, 3), make([]float32, 6)}
		touched := false
		err := ApplyPatch(b, shapes, func(i int) []float32 { touched = true; return groups[i] })
		if err != nil && touched {
			t.Fatal("written in part")
		}
	})
}

// FuzzJoiner takes any chunk after a good one.
func FuzzJoiner(f *testing.F) {
	f.Add(uint32(1), uint64(20), uint32(10), make([]byte, 10))
	f.Fuzz(func(t *testing.T, index uint32, size uint64, chunk uint32, body []byte) {
		var j Joiner
		if _, err := j.Add(Part{Size: 20, Chunk: 10}, make([]byte, 10), 100); err != nil {
			t.Fatal(err)
		}
		whole, err := j.Add(Part{Index: index, Size: size, Chunk: chunk}, body, 100)
		if err == nil && whole != nil && len(whole) != 20 {
			t.Fatal("not the whole")
		}
	})
}

// FuzzManifest takes anything as a manifest.
func FuzzManifest(f *testing.F) {
	f.Add([]byte("job aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 12\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseManifest(b)
		if err != nil {
			return
		}
		n, err := ParseManifest(m.Text())
		if err != nil || !bytes.Equal(n.Text(), m.Text()) {
			t.Fatal("does not parse back")
		}
	})
}
