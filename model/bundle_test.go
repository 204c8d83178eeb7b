package model

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/data"
	"braid/job"
)

func saved(t *testing.T) (dir string, b *Bundle) {
	j, p := small(t)
	dir, b = t.TempDir(), newModel(j, p).bundle(p.Vocab)
	if err := SaveBundle(dir, b); err != nil {
		t.Fatal(err)
	}
	return dir, b
}

func TestWeightsHaveOneForm(t *testing.T) {
	dir, b := saved(t)
	again := t.TempDir()
	if err := SaveBundle(again, b); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(summed, sumsFile) {
		one, two := read(t, dir, name), read(t, again, name)
		if !bytes.Equal(one, two) {
			t.Errorf("%s has other bytes when saved again", name)
		}
		if name == WeightsFile && sum(one) != Sha256(b.Params) {
			t.Errorf("Sha256 is not that of %s", name)
		}
	}
}

func read(t *testing.T, dir, name string) []byte {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// One changed, cut or missing file is refused, in a sentence that names it.
func TestDamageIsRefused(t *testing.T) {
	dir, _ := saved(t)
	for _, name := range append(summed, sumsFile) {
		whole := read(t, dir, name)
		flipped := bytes.Clone(whole)
		flipped[len(flipped)/2] ^= 4
		for what, damaged := range map[string][]byte{"flipped": flipped, "cut": whole[:len(whole)-2], "empty": {},
			"longer": append(bytes.Clone(whole), 'x')} {
			if err := os.WriteFile(filepath.Join(dir, name), damaged, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadBundle(dir); err == nil {
				t.Errorf("%s %s: loaded", name, what)
			} else if !strings.Contains(err.Error(), "copy the whole directory again") {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadBundle(dir); err == nil {
			t.Errorf("%s missing: loaded", name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := LoadBundle(dir); err != nil {
		t.Errorf("mended: %v", err)
	}
}

// FuzzWeights reads a weights file that came with sums of its own.
func FuzzWeights(f *testing.F) {
	j, err := job.Parse("job.yaml", []byte(`
data: {s: {format: jsonl, train: none.jsonl}}
encoder: {word: {dim: 2, features: "off"}, lstm: {hidden: 1}}
tasks: [{name: c, kind: classification, data: s, field: c}]
training: {batch: 2, shards: 1, epochs: 1}
`), nil)
	if err != nil {
		f.Fatal(err)
	}
	m := started(Spec{Job: j, Words: 3, Labels: []*data.Labels{data.NewLabels([]string{"a", "b"})}})
	var whole bytes.Buffer
	if err := writeWeights(&whole, m.Params); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Add(bytes.Replace(whole.Bytes(), []byte("[3,2]"), []byte("[2,3]"), 1))
	f.Fuzz(func(t *testing.T, file []byte) {
		ps := m.Params.Clone()
		if readWeights(file, ps) != nil {
			return
		}
		var back bytes.Buffer
		if err := writeWeights(&back, ps); err != nil || back.Len() < 4*m.Len() {
			t.Fatalf("%d bytes, %v", back.Len(), err)
		}
	})
}

// FuzzSetScore decodes what came over the wire.
func FuzzSetScore(f *testing.F) {
	j, err := job.Parse("job.yaml", []byte(`
data: {s: {format: jsonl, train: none.jsonl}}
encoder: {word: {dim: 2, features: "off"}, lstm: {hidden: 1}}
tasks: [{name: c, kind: classification, data: s, field: c}, {name: r, kind: regression, data: s, field: r}]
training: {batch: 2, shards: 1, epochs: 1}
`), nil)
	if err != nil {
		f.Fatal(err)
	}
	m := started(Spec{Job: j, Words: 3, Labels: []*data.Labels{data.NewLabels([]string{"a", "b"}), nil}})
	f.Add(m.NewSetScore(0, false).AppendBinary(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := m.NewSetScore(0, false)
		if s.Decode(b) == nil && !bytes.Equal(s.AppendBinary(nil), b) {
			t.Fatal("other bytes after a round trip")
		}
	})
}

// A header that claims most of the file is refused before its JSON is read.
func TestHeaderIsBounded(t *testing.T) {
	file := binary.LittleEndian.AppendUint64(nil, maxHeader+1)
	file = append(file, bytes.Repeat([]byte(`[`), maxHeader+1)...)
	if _, err := Deserialize(file); err == nil || !strings.Contains(err.Error(), "a header of 1048577 bytes") {
		t.Error(err)
	}
}
