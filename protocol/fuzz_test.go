package protocol

import (
	"bytes"
	"reflect"
	"testing"
)

// fuzzMessage decodes frames of one kind. None may panic or allocate without bound, and a decoded message must be the
// same after encoding and decoding.
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

func FuzzLead(f *testing.F)         { fuzzMessage(f, sampleOf(new(Lead).kind())) }
func FuzzHello(f *testing.F)        { fuzzMessage(f, sampleOf(new(Hello).kind())) }
func FuzzWelcome(f *testing.F)      { fuzzMessage(f, sampleOf(new(Welcome).kind())) }
func FuzzRefusal(f *testing.F)      { fuzzMessage(f, sampleOf(new(Refusal).kind())) }
func FuzzOrder(f *testing.F)        { fuzzMessage(f, sampleOf(new(Order).kind())) }
func FuzzNode(f *testing.F)         { fuzzMessage(f, sampleOf(new(Node).kind())) }
func FuzzExampleBlock(f *testing.F) { fuzzMessage(f, sampleOf(new(ExampleBlock).kind())) }
func FuzzFailed(f *testing.F)       { fuzzMessage(f, sampleOf(new(Failed).kind())) }
func FuzzParams(f *testing.F)       { fuzzMessage(f, sampleOf(new(Params).kind())) }
func FuzzAsk(f *testing.F)          { fuzzMessage(f, sampleOf(new(Ask).kind())) }
func FuzzBeat(f *testing.F)         { fuzzMessage(f, sampleOf(new(Beat).kind())) }
func FuzzNudge(f *testing.F)        { fuzzMessage(f, sampleOf(new(Nudge).kind())) }
func FuzzCredit(f *testing.F)       { fuzzMessage(f, sampleOf(new(Credit).kind())) }
func FuzzUnknown(f *testing.F)      { fuzzMessage(f, sampleOf(new(Unknown).kind())) }
func FuzzLeave(f *testing.F)        { fuzzMessage(f, sampleOf(new(Leave).kind())) }
func FuzzMark(f *testing.F)         { fuzzMessage(f, sampleOf(new(Mark).kind())) }
func FuzzPosition(f *testing.F)     { fuzzMessage(f, sampleOf(new(Position).kind())) }
func FuzzListen(f *testing.F)       { fuzzMessage(f, sampleOf(new(Listen).kind())) }
func FuzzAck(f *testing.F)          { fuzzMessage(f, sampleOf(new(Ack).kind())) }

// FuzzDecode takes anything as a frame.
func FuzzDecode(f *testing.F) {
	for _, m := range samples {
		f.Add(Frame(m))
	}
	f.Fuzz(func(t *testing.T, b []byte) { _, _, _ = Decode(b) })
}

// FuzzTally takes any chunks.
func FuzzTally(f *testing.F) {
	f.Add([]byte{2, 1, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var tally Tally
		came := map[uint32]bool{}
		for ; len(b) > 1; b = b[2:] {
			p := Part{Index: uint32(b[0] >> 1), Last: b[1]&1 == 1}
			fresh, whole, err := tally.Add(p)
			if err != nil {
				return
			}
			if fresh == came[p.Index] {
				t.Fatal("taken twice, or not at all")
			}
			came[p.Index] = true
			for i := range len(came) {
				if whole && !came[uint32(i)] {
					t.Fatal("whole and something is missing")
				}
			}
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
