package protocol

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var rewrite = flag.Bool("rewrite", false, "write the golden bytes again: only with a new Version")

var progress = Progress{Feed: 1<<FeedBits + 1, Count: 5, Seq: 8, Listening: true}

// samples is one of every message, with every field set.
var samples = []Message{
	&Lead{Term: 3, Leader: "a1", Job: "b2", State: Finished, Note: "note"},
	&Hello{Session: "5a", Host: "host", PID: 1234, Threads: 2, Class: "amd64", SelfTest: []byte{1, 2, 3},
		Platform: "go linux", MaxPayload: 1 << 20},
	&Welcome{Term: 3, Leader: "a1", Job: "b2", Manifest: "c3", Feed: 1 << FeedBits, Chunk: 512 << 10, Limit: 64},
	&Refusal{Term: 3, Final: true, Reason: "why"},
	&Order{Term: 3, Round: 9, Kind: RoundScore, Step: 8, Version: 7, Nodes: []byte{1, 0, 0, 0},
		Scale: []byte{0, 0, 128, 63}, Split: "dev", Outcomes: true},
	&Node{Term: 3, Round: 9, Step: 8, Node: 5, Part: Part{Index: 1, Last: true}, Nanos: 12345, Count: 40},
	&ExampleBlock{Term: 3, Round: 9, Block: 4, Nanos: 12345},
	&Failed{Term: 3, Round: 9, Reason: "why"},
	&Params{Term: 3, Version: 7, Feed: 1<<FeedBits + 1, Count: 5, Last: true, Delta: true},
	&Ask{Term: 3, Progress: progress},
	&Beat{Term: 3, Job: "b2", Version: 7, Round: 9, Owed: 2, Blocked: true, Draining: true, Progress: progress},
	&Nudge{Term: 3},
	&Credit{Term: 3, Limit: 128},
	&Unknown{Term: 3},
	&Leave{Term: 3, Reason: "why"},
	&Unfetched{Term: 3, Hash: "b2", Reason: "why"},
	&Mark{Term: 3, Count: 40},
	&Position{Term: 3, Feed: 1<<FeedBits + 1, Count: 5, Joined: true, Since: 6, Seq: 9},
	&Listen{Term: 3, On: true},
	&Ack{Term: 3, Version: 7, Progress: progress},
}

func name(m Message) string {
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", m), "*protocol."))
}

// The bytes of every message do not change within one Version: releases of the same Version are compatible.
func TestGoldenBytes(t *testing.T) {
	seen := map[byte]bool{}
	for _, m := range samples {
		seen[m.kind()] = true
		file := filepath.Join("testdata", name(m)+".hex")
		frame, err := Append(nil, m, []byte("body"))
		if err != nil {
			t.Fatal(err)
		}
		if *rewrite {
			if err := os.WriteFile(file, []byte(hex.EncodeToString(frame)+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := hex.DecodeString(strings.TrimSpace(string(golden)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(frame, want) {
			t.Errorf("%s\n  is   %x\n  want %x", name(m), frame, want)
		}
		got, body, err := Decode(want)
		if err != nil {
			t.Errorf("%s: %v", name(m), err)
			continue
		}
		if diff := cmp.Diff(m, got); diff != "" || string(body) != "body" {
			t.Errorf("%s: body %q\n%s", name(m), body, diff)
		}
	}
	for kind := range byte(255) {
		if m := fresh(kind); m != nil && (!seen[kind] || m.kind() != kind) {
			t.Errorf("kind %d has no sample, or another message", kind)
		}
	}
}

// seal sets the right checksum, as a hostile sender would.
func seal(b []byte) []byte {
	if len(b) >= prefix {
		binary.LittleEndian.PutUint32(b[checksumAt:], checksum(b))
	}
	return b
}

func TestDecodeRefuses(t *testing.T) {
	huge := []byte{4, Version, 8, 0, 0, 0, 0, 0, 0x93, 1, 0xc3, 0xdb, 0xff, 0xff, 0xff, 0xff}
	good := Frame(&Credit{Term: 3, Limit: 5})
	change := func(f func(b []byte) []byte) []byte { return f(slices.Clone(good)) }
	for what, b := range map[string][]byte{
		"cut off":        good[:len(good)-1],
		"other version":  change(func(b []byte) []byte { b[1] = 9; return b }),
		"unknown kind":   change(func(b []byte) []byte { b[0] = 200; return b }),
		"header too big": change(func(b []byte) []byte { b[2], b[3] = 255, 255; return b }),
		"too few fields": change(func(b []byte) []byte { b[prefix] = 0x91; return b }),
		"a map":          {10, Version, 1, 0, 0, 0, 0, 0, 0x80},
		"a huge string":  huge,
		"a huge array":   {10, Version, 7, 0, 0, 0, 0, 0, 0x92, 1, 0xdd, 0xff, 0xff, 0xff, 0xff},
		"trailing bytes": {12, Version, 3, 0, 0, 0, 0, 0, 0x91, 1, 1},
	} {
		if m, _, err := Decode(seal(b)); err == nil || errors.Is(err, ErrDamaged) {
			t.Errorf("%s: decoded as %#v, error %v", what, m, err)
		}
	}
	for n := range prefix {
		if _, _, err := Decode(good[:n]); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for bit := range 8 * len(good) {
		flipped := change(func(b []byte) []byte { b[bit/8] ^= 1 << (bit % 8); return b })
		if _, _, err := Decode(flipped); !errors.Is(err, ErrDamaged) {
			t.Errorf("bit %d flipped: %v", bit, err)
		}
	}
	if allocated := testing.AllocsPerRun(10, func() { _, _, _ = Decode(seal(huge)) }); allocated > 20 {
		t.Errorf("a hostile frame costs %v allocations", allocated)
	}
}

// A chunk that is framed where it lies gives the frame that Append gives, and the bytes
// around it stay.
func TestWindow(t *testing.T) {
	buf := make([]byte, Room+1000)
	for i := range buf {
		buf[i] = byte(i)
	}
	before := slices.Clone(buf)
	for i := range 4 {
		body := buf[Room+i*300 : min(Room+i*300+300, len(buf))]
		m := &Node{Term: 3, Round: 9, Step: 8, Node: 5, Part: Part{Index: uint32(i), Last: i == 3}}
		want, err := Append(nil, m, body)
		if err != nil {
			t.Fatal(err)
		}
		lo := Room + i*300
		err = Window(buf, lo, lo+len(body), m, func(frame []byte) error {
			if !bytes.Equal(frame, want) {
				t.Errorf("chunk %d\n  is   %x\n  want %x", i, frame, want)
			}
			return nil
		})
		if err != nil || !bytes.Equal(buf, before) {
			t.Error("bytes around the chunk have changed:", err)
		}
	}
	if err := Window(buf, 10, 20, &Ask{}, func([]byte) error { return nil }); err == nil {
		t.Error("framed without room")
	}
}

// Chunks in any order, with doubles, are whole with the last missing one.
func TestTally(t *testing.T) {
	var tally Tally
	rapid.Check(t, func(t *rapid.T) {
		tally.Reset()
		n := rapid.IntRange(1, 40).Draw(t, "n")
		order := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range n {
				_ = yield(i)
			}
		})).Draw(t, "order")
		for k, i := range order {
			p := Part{Index: uint32(i), Last: i == n-1}
			fresh, whole, err := tally.Add(p)
			if !fresh || whole != (k == n-1) || err != nil {
				t.Fatalf("chunk %d of %d, the %d-th to come: %v %v %v", i, n, k, fresh, whole, err)
			}
			if fresh, whole, err = tally.Add(p); fresh || whole || err != nil {
				t.Fatalf("a double of chunk %d: %v %v %v", i, fresh, whole, err)
			}
		}
	})
}

func TestTallyRefuses(t *testing.T) {
	for what, parts := range map[string][]Part{
		"too many":              {{Index: MaxParts}},
		"behind the last":       {{Index: 3, Last: true}, {Index: 4}},
		"last in the middle":    {{Index: 3}, {Index: 2, Last: true}},
		"two last":              {{Index: 3, Last: true}, {Index: 2, Last: true}},
		"the last becomes none": {{Index: 3, Last: true}, {Index: 3}},
	} {
		var tally Tally
		for i, p := range parts {
			if _, whole, err := tally.Add(p); (err != nil) != (i == len(parts)-1) || whole {
				t.Errorf("%s: chunk %d: whole %v, error %v", what, i, whole, err)
			}
		}
	}
}

func TestManifest(t *testing.T) {
	m := Manifest{{"job", strings.Repeat("a", 64), 12}, {"train.0", strings.Repeat("b", 64), 0}}
	got, err := ParseManifest(m.Text())
	if diff := cmp.Diff(m, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	hash := strings.Repeat("a", 64)
	for _, bad := range []string{"", "job", "job x 1", "job " + hash + " -1", "job " + hash + " 99999999999999"} {
		if _, err := ParseManifest([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestSubjects(t *testing.T) {
	f := FleetName("main")
	for subject, want := range map[string]string{
		f.Join("w1"): "w1", f.Join("w-2"): "w-2", f.Join(""): "", f.Join("*"): "", f.Join("a.b"): "",
		f.From(Address{"w1", "s"}): "", FleetName("other").Join("w1"): "",
	} {
		if got := f.Joins(subject); got != want {
			t.Errorf("%s is the join of %q, want %q", subject, got, want)
		}
	}
	for text, ok := range map[string]bool{
		"w1.5a": true, "w1": false, "w1.": false, ".5a": false, "w1.*": false, "w1.a.b": false, "": false,
	} {
		if a, got := ParseAddress(text); got != ok || ok && a.String() != text {
			t.Errorf("address %q: %v, %v", text, a, got)
		}
	}
	carried := map[Channel]int{}
	for _, m := range samples {
		for _, r := range []Channel{ChannelJoin, ChannelFrom, ChannelUp} {
			if r.Carries(m) {
				carried[r]++
			}
		}
	}
	if want := map[Channel]int{ChannelJoin: 1, ChannelFrom: 6, ChannelUp: 3}; !maps.Equal(carried, want) {
		t.Errorf("roads carry %v kinds of messages, want %v", carried, want)
	}
	for _, bad := range []string{"", "a.b", "*", ">", "a b", strings.Repeat("a", 65)} {
		if CheckName("name", bad) == nil {
			t.Errorf("%q is taken as a name", bad)
		}
	}
}

func TestIdentity(t *testing.T) {
	a := Local()
	if why := a.Differs(Local()); why != "" {
		t.Error(why)
	}
	b := a
	b.SelfTest = []byte{1, 2, 3, 4}
	if a.Differs(b) == "" {
		t.Error("another self-test is taken")
	}
	b = a
	b.Class = "other"
	if why := a.Differs(b); !strings.Contains(why, "other") {
		t.Errorf("another class: %q", why)
	}
}

func BenchmarkFrame(b *testing.B) {
	body := make([]byte, 512<<10)
	var frame []byte
	for b.Loop() {
		frame, _ = Append(frame[:0], &Node{Term: 1, Round: 2, Step: 3, Node: 4, Part: Part{Last: true}}, body)
		if _, _, err := Decode(frame); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(body)))
}
