package job

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const snips = `name: snips
seed: 1
data:
  snips: {format: seq, train: train, dev: valid, test: test}
encoder:
  word: {dim: 100, min_count: 1, dropout: 0.3}
  lstm: {hidden: 200, layers: 1, bidirectional: true, dropout: 0.3}
tasks:
  - {name: intent, kind: classification, data: snips, field: label, pooling: max, weight: 1}
  - {name: slots, kind: tagging, data: snips, field: tags, weight: 1}
training:
  mode: sampled
  sampling: {kind: proportional}
  batch: 64
  shards: 8
  epochs: 20            # or steps:
  optimizer: {kind: adam, lr: 0.002}
  schedule: {kind: linear, warmup: 100}
  clip: 5
  evaluate_every: 200
  patience: 10
cluster: {min_workers: 1, checkpoint_every: 200}
`

func TestParse(t *testing.T) {
	j, err := Parse("dir/snips.yaml", []byte(snips), []string{"training.steps=50", "training.epochs=0",
		"tasks.slots.weight=2.5"})
	if err != nil {
		t.Fatal(err)
	}
	if j.Training.Steps != 50 || j.Tasks[1].Weight != 2.5 || j.Encoder.LSTM.Hidden != 200 ||
		j.Tasks[0].Metric != "accuracy" {
		t.Errorf("got %+v", j)
	}
	if at := j.At("tasks[1].field"); at.Line != 10 || at.File != "dir/snips.yaml" {
		t.Errorf("tasks[1].field stands at %+v", at)
	}
}

// The resolved job parses back to itself, and its hash does not depend on how it is written.
func TestResolvedJobIsTheSame(t *testing.T) {
	a, err := Parse("snips.yaml", []byte(snips), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse("elsewhere/job.yaml", a.YAML(), nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, a.YAML())
	}
	for i := range a.Data {
		a.Data[i].Train, a.Data[i].Dev, a.Data[i].Test = a.Path(a.Data[i].Train), a.Path(a.Data[i].Dev),
			a.Path(a.Data[i].Test)
	}
	if d := cmp.Diff(a, b, cmpopts.IgnoreUnexported(Job{}), cmpopts.IgnoreFields(Job{}, "Dir", "File"),
		cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	if a.Hash() != b.Hash() {
		t.Errorf("hash %s became %s", a.Hash(), b.Hash())
	}
	cluster, err := Parse("snips.yaml", []byte(snips), []string{"cluster.min_workers=9"})
	if err != nil || cluster.Hash() != a.Hash() {
		t.Errorf("the cluster part changed the hash (%v)", err)
	}
	seed, err := Parse("snips.yaml", []byte(snips), []string{"seed=2"})
	if err != nil || seed.Hash() == a.Hash() {
		t.Errorf("the seed did not change the hash (%v)", err)
	}
}

// Every testdata/*.bad.yaml has the mistake in its first line and the exact error in its second.
func TestBadJobs(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.bad.yaml")
	if len(files) == 0 {
		t.Fatal("no testdata/*.bad.yaml")
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitN(string(text), "\n", 3)
		want := strings.TrimPrefix(lines[1], "# ")
		_, err = Parse(filepath.Base(f), text, nil)
		if err == nil {
			t.Errorf("%s: accepted (%s)", f, lines[0])
		} else if err.Error() != want {
			t.Errorf("%s:\n got %s\nwant %s", f, err, want)
		}
	}
}

func TestExamples(t *testing.T) {
	files, _ := filepath.Glob("../examples/*.yaml")
	for _, f := range files {
		if _, err := Load(f); err != nil {
			t.Error(err)
		}
	}
}

// A length on the command line replaces that of the file. Both epochs and steps are refused.
func TestOverrideOfTheLength(t *testing.T) {
	for _, c := range []struct {
		length        string // in the file
		overrides     []string
		epochs, steps int // both 0: refused
	}{
		{"epochs: 3", []string{"training.steps=50"}, 0, 50},
		{"steps: 9", []string{"training.epochs=2"}, 2, 0},
		{"epochs: 3", []string{"training.steps=0"}, 3, 0},
		{"epochs: 3", []string{"training.epochs=4", "training.steps=50"}, 0, 0},
		{"epochs: 3, steps: 9", nil, 0, 0},
		{"epochs: 3", []string{"training.epochs=0", "training.steps=50"}, 0, 50},
	} {
		text := "data: {a: {format: jsonl, train: a.jsonl}}\ntasks: [{name: b, kind: classification, field: b}]\n" +
			"training: {" + c.length + "}\n"
		j, err := Parse("a.yaml", []byte(text), c.overrides)
		if refused := c.epochs+c.steps == 0; (err != nil) != refused || err == nil &&
			(j.Training.Epochs != c.epochs || j.Training.Steps != c.steps) {
			t.Errorf("%s, %v: %v", c.length, c.overrides, err)
		}
	}
}

func TestOverrideErrors(t *testing.T) {
	for override, want := range map[string]string{
		"training.stepz=4": `--set training.stepz=4: unknown key "training.stepz": did you mean "steps"?`,
		"name=" + strings.Repeat("a", 201): `--set name=` + strings.Repeat("a", 201) +
			`: name has 201 bytes: write at most 200 bytes`,
		"tasks.intent.class_weights=2": `--set tasks.intent.class_weights=2: tasks.intent.class_weights is not a ` +
			`single value: name a label, as in --set tasks.intent.class_weights.LABEL=2`,
		"tasks.intent.class_weights.a=x": `--set tasks.intent.class_weights.a=x: tasks.intent.class_weights.a is ` +
			`"x": write a finite number`,
		"tasks.intent.class_weights.a.b=-1": `--set tasks.intent.class_weights.a.b=-1: tasks[0].class_weights.a.b is ` +
			`-1: write 0 or more`,
		"training": `--set training: no = in it: write --set a.b=c`,
		"training.batch=x": `--set training.batch=x: training.batch is "x": write a whole number, at ` +
			`most 2147483647`,
		"tasks.nobody.weight=": `--set tasks.nobody.weight=: tasks has no "nobody": it has intent, slots`,
		"training.batch=4": `--set training.batch=4: batch 4 is smaller than shards 8: raise ` +
			`training.batch or lower training.shards`,
	} {
		if _, err := Parse("a.yaml", []byte(snips), []string{override}); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", override, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(snips)
	f.Add("a: [")
	f.Add("tasks:\n  - {name: 1}\n")
	f.Fuzz(func(t *testing.T, text string) {
		j, err := Parse("fuzz.yaml", []byte(text), nil)
		if err == nil {
			if _, err := Parse("again.yaml", j.YAML(), nil); err != nil {
				t.Errorf("resolved job is refused: %v\n%s", err, j.YAML())
			}
		}
	})
}

// Lists and maps can be set. Both places of a moved key are refused.
func TestOverrideOfManyValues(t *testing.T) {
	const text = "data: {d: {format: conll, columns: [word, x], train: t}}\ntasks: [{name: a, kind: tagging, data: " +
		"d, field: x}]\ntraining: {steps: 1}\n"
	j, err := Parse("a.yaml", []byte(text), []string{"tasks.a.class_weights.B-x=2", "tasks.0.class_weights.v1.5=0",
		`data.d.columns=[word, "-", x]`})
	if err != nil {
		t.Fatal(err)
	}
	if w := j.Tasks[0].ClassWeights; len(w) != 2 || w["B-x"] != 2 || w["v1.5"] != 0 {
		t.Errorf("class weights %v", w)
	}
	if c := j.Data[0].Columns; !slices.Equal(c, []string{"word", "-", "x"}) {
		t.Errorf("columns %q", c)
	}
	const want = "--set training.precision=f32: cluster.precision and training.precision are given: keep one of the two"
	if _, err := Parse("a.yaml", []byte(text), []string{"cluster.precision=bf16",
		"training.precision=f32"}); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if j, err := Parse("a.yaml", []byte(text), []string{"training.precision=bf16",
		"training.precision=f32"}); err != nil || j.Training.Precision != "f32" {
		t.Errorf("the last of two: %v", err)
	}
}

// The inverse schedule has defaults of its own.
func TestDefaultsOfTheInverseSchedule(t *testing.T) {
	for said, want := range map[string]Schedule{
		"{kind: inverse}":                       {Kind: "inverse", Every: 0, Gamma: 0.05},
		"{kind: inverse, every: 7, gamma: 0.5}": {Kind: "inverse", Every: 7, Gamma: 0.5},
		"{kind: step}":                          {Kind: "step", Every: 1000, Gamma: 0.5},
	} {
		j, err := Parse("snips.yaml", []byte(strings.Replace(snips, "{kind: linear, warmup: 100}", said, 1)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if j.Training.Schedule != want {
			t.Errorf("%s: %+v, want %+v", said, j.Training.Schedule, want)
		}
	}
}
