package job

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var updateHashes = flag.Bool("update-hashes", false,
	"write testdata/hash/hashes.txt: only where an entry of CHANGELOG.md says why")

// The jobs of the first release with frozen hashes, and the examples, keep their hashes, so
// that later versions can resume their runs. A new key must not change them; see Hash. The
// job files are those of that release and must not be edited.
func TestFrozenHashes(t *testing.T) {
	const path = "testdata/hash/hashes.txt"
	var got strings.Builder
	for _, pattern := range []string{"testdata/hash/*.yaml", "../examples/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		if len(files) < 5 {
			t.Fatalf("%d files match %s", len(files), pattern)
		}
		for _, f := range files {
			j, err := Load(f)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "%s  %s\n", j.Hash(), f)
		}
	}
	if *updateHashes {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(got.String()) {
		if !strings.Contains(string(want), line) {
			t.Errorf("not in %s: %sA job keeps its hash: give a new key its neutral value (see Job.Hash). A new example: "+
				"-update-hashes", path, line)
		}
	}
}

// Every key that is not of the first frozen release has a neutral value.
func TestNewKeysAreNeutral(t *testing.T) {
	text, err := os.ReadFile("testdata/hash/keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	frozen := strings.Fields(string(text))
	eachKey(reflect.TypeFor[Job](), "", func(path string, f reflect.StructField) {
		_, neutral := f.Tag.Lookup("neutral")
		switch f.Type.Kind() {
		case reflect.Slice, reflect.Map:
			return // an empty one is never written
		}
		if old := slices.Contains(frozen, path); old == neutral {
			t.Errorf("%s: in testdata/hash/keys.txt %v, has a neutral value %v: a new key needs a struct tag "+
				"`neutral:\"VALUE\"`, an old one must not have it; see Job.Hash", path, old, neutral)
		}
	})
}

// The default of a key that YAML leaves out at its neutral value is that value: otherwise the
// written job would not be the same job.
func TestOmittedKeysDefaultToNeutral(t *testing.T) {
	j := defaults()
	j.Data, j.Tasks = []DataSet{defaultDataSet()}, []Task{defaultTask()}
	omitted := 0
	for _, v := range []reflect.Value{reflect.ValueOf(*j), reflect.ValueOf(j.Encoder), reflect.ValueOf(j.Encoder.Word),
		reflect.ValueOf(j.Encoder.LSTM),
		reflect.ValueOf(j.Data[0]), reflect.ValueOf(j.Tasks[0]), reflect.ValueOf(j.Training), reflect.ValueOf(j.Cluster)} {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if _, tagged := f.Tag.Lookup("omit"); !tagged {
				continue
			}
			omitted++
			if !isOmitted(f, v.Field(i)) {
				t.Errorf("%s has the default %v and the tag %s", f.Name, v.Field(i), f.Tag)
			}
		}
	}
	if omitted < 2 {
		t.Errorf("%d keys have the tag omit", omitted)
	}
}

// A new key does not change the hash at its neutral value. Any other value changes it.
func TestNeutralValues(t *testing.T) {
	type inner struct {
		Late int `neutral:"3"`
	}
	type outer struct {
		Old   string
		New   string  `neutral:"space"`
		Off   bool    `neutral:"false"`
		Share float64 `neutral:"0.5"`
		Empty string  `neutral:""`
		Inner inner
	}
	text := func(o outer) string {
		var b strings.Builder
		printer{short: true}.structure(&b, reflect.ValueOf(o), "")
		return b.String()
	}
	neutral := outer{Old: "x", New: "space", Share: 0.5, Inner: inner{3}}
	if got := text(neutral); got != "old: x\n" {
		t.Errorf("neutral keys are hashed: %q", got)
	}
	for _, change := range []func(*outer){
		func(o *outer) { o.New = "unicode" }, func(o *outer) { o.Off = true }, func(o *outer) { o.Share = 0 },
		func(o *outer) { o.Empty = "x" }, func(o *outer) { o.Inner.Late = 0 },
	} {
		o := neutral
		change(&o)
		if text(o) == text(neutral) {
			t.Errorf("%+v has the hash of the neutral values", o)
		}
	}
	// The neutral value of every key must be a value of its field.
	j := defaults()
	j.Data, j.Tasks = []DataSet{defaultDataSet()}, []Task{defaultTask()}
	j.Hash()
}

// eachKey visits the keys of a struct that hold values, by path.
func eachKey(s reflect.Type, path string, visit func(path string, f reflect.StructField)) {
	for i, key := range keysOf(s) {
		if key == "" {
			continue
		}
		f, p := s.Field(i), join(path, key)
		switch {
		case f.Tag.Get("hash") == "-":
			// No part of the hash.
		case f.Type.Kind() == reflect.Struct:
			eachKey(f.Type, p, visit)
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			eachKey(f.Type.Elem(), p, visit)
		default:
			visit(p, f)
		}
	}
}

// precision has moved from cluster to training. The former place gives the same job.
func TestMovedKeys(t *testing.T) {
	parse := func(more string, overrides ...string) (*Job, error) {
		return Parse("a.yaml", []byte("data: {d: {format: jsonl, train: t}}\ntasks: [{name: a, kind: regression, field: "+
			"f}]\n"+more), overrides)
	}
	want, err := parse("training: {precision: bf16}")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := parse("")
	if err != nil || plain.Hash() == want.Hash() {
		t.Errorf("precision is no part of the hash (%v)", err)
	}
	for _, old := range []func() (*Job, error){
		func() (*Job, error) { return parse("cluster: {precision: bf16}") },
		func() (*Job, error) { return parse("", "cluster.precision=bf16") },
		func() (*Job, error) { return parse("training: {precision: f32}", "cluster.precision=bf16") },
	} {
		j, err := old()
		if err != nil {
			t.Fatal(err)
		}
		if j.Hash() != want.Hash() || strings.Contains(string(j.YAML()), "keep: 3\n  precision") {
			t.Errorf("another job:\n%s", j.YAML())
		}
	}
	for text, want := range map[string]string{
		"training: {precision: f32}\ncluster: {precision: bf16}": "a.yaml:4:11: cluster.precision and, on line 3, " +
			"training.precision are given: remove cluster.precision, the old place",
		"cluster: {precision: bf16}\ntraining: {precision: f32}": "a.yaml:4:12: training.precision and, on line 3, " +
			"cluster.precision are given: remove cluster.precision, the old place",
		"cluster: {precision: f16}": `a.yaml:3:22: training.precision is "f16": did you ` +
			`mean "bf16"? It can be f32, bf16`,
	} {
		if _, err := parse(text); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}
