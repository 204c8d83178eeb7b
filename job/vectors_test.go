package job

import (
	"strings"
	"testing"
)

// A pair of keys that contradict each other is refused with a mend, and a job without a file has no
// keys of vectors.
func TestVectorsAreChecked(t *testing.T) {
	const text = "data: {d: {format: jsonl, train: x}}\ntasks: [{name: t, kind: classification, field: l}]\n"
	for _, c := range []struct{ set, want string }{
		{"keep=seen", "encoder.word.vectors has no file: add `file: PATH`"},
		{"tune_after=5", "has no file"},
		{"file=v limit=-1", "limit is -1"},
		{"file=v limit=99999999", "write at most"},
		{"file=v scale=0", "write a number above 0"},
		{"file=v update=fixed", "tuned, frozen"},
		{"file=v keep=none", "all, seen"},
		{"file=v update=frozen tune_after=5", "set update to tuned"},
		{"file=v tune_after=-1", "write at least 0"},
	} {
		var set []string
		for _, s := range strings.Fields(c.set) {
			set = append(set, "encoder.word.vectors."+s)
		}
		if _, err := Parse("j.yaml", []byte(text), set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.set, err, c.want)
		}
	}
	_, err := Parse("j.yaml", []byte(text), []string{"encoder.word.vectors.file=v", "encoder.word.update=dense",
		"encoder.word.vectors.tune_after=1"})
	if err == nil || !strings.Contains(err.Error(), "set encoder.word.update to sparse") {
		t.Error(err)
	}
}

// The path of the file is no part of the hash. That there is a file is, and so is its use.
func TestHashOfVectors(t *testing.T) {
	const text = "data: {d: {format: jsonl, train: x}}\ntasks: [{name: t, kind: classification, field: l}]\n"
	hash := func(set ...string) string {
		j, err := Parse("j.yaml", []byte(text), set)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("copy.yaml", j.YAML(), nil)
		if err != nil || again.Hash() != j.Hash() {
			t.Errorf("%v: the job's YAML has another hash, %v", set, err)
		}
		return j.Hash()
	}
	const file = "encoder.word.vectors.file="
	none, one := hash(), hash(file+"a")
	if none == one || one != hash(file+"b/c") || none != hash(file) {
		t.Error("the hash depends on the path, or not on the file")
	}
	if one == hash(file+"a", "encoder.word.vectors.update=frozen") ||
		one == hash(file+"a", "encoder.word.vectors.scale=2") {
		t.Error("the hash does not depend on the use of vectors")
	}
}
