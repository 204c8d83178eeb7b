package job

import (
	"slices"
	"strings"
	"testing"
)

const kindJob = `
data: {d: {format: jsonl, train: t.jsonl}}
tasks:
  - {name: topic, kind: classification, field: topic}
  - {name: tags, kind: multilabel, field: tags}
  - {name: names, kind: tagging, field: names}
  - {name: pos, kind: tagging, field: pos, scheme: plain}
  - {name: score, kind: regression, field: score}
`

// Keys that a job leaves out get the first legal value of their kind.
func TestKindDefaults(t *testing.T) {
	j, err := Parse("job.yaml", []byte(kindJob), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Task{
		{Pooling: "max", Metric: "accuracy"},
		{Pooling: "max", Metric: "micro_f1"},
		{Scheme: "bio", Metric: "f1"},
		{Scheme: "plain", Metric: "accuracy"},
		{Pooling: "max", Metric: "pearson"},
	}
	for i, w := range want {
		got := j.Tasks[i]
		if got.Pooling != w.Pooling || got.Scheme != w.Scheme || got.Metric != w.Metric || got.Decoder != "linear" {
			t.Errorf("%s: %+v, want %+v", got.Name, got, w)
		}
	}
	if j.Encoder.Kind != "lstm" {
		t.Errorf("encoder.kind is %q", j.Encoder.Kind)
	}
}

// Only a tagging task whose scheme is not plain has spans.
func TestSpans(t *testing.T) {
	for kind, want := range map[string]bool{"classification": false, "tagging": true, "unknown": false} {
		if task := (Task{Kind: kind, Scheme: "bio"}); task.Spans() != want {
			t.Errorf("%s: Spans is %v", kind, task.Spans())
		}
	}
	if task := (Task{Kind: "tagging", Scheme: "plain"}); task.Spans() {
		t.Error("plain tags have spans")
	}
}

// The error about an unknown encoder or decoder lists the known ones. A registered one is
// accepted and is part of the hash.
func TestRegister(t *testing.T) {
	refuse := func(override, want string) {
		t.Helper()
		if _, err := Parse("job.yaml", []byte(kindJob), []string{override}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("--set %s: %v, want %q in it", override, err, want)
		}
	}
	refuse("encoder.kind=mean", "write one of lstm")
	refuse("tasks.names.decoder=nearest", "write one of linear, crf")

	before := encoders
	defer func() { encoders = before }()
	for _, k := range kinds {
		defer restore(&k.Decoders)()
	}
	RegisterEncoder("mean")
	RegisterDecoder("nearest", func(k *Kind) bool { return k.Per == PerWord })
	plain, err := Parse("job.yaml", []byte(kindJob), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, override := range []string{"encoder.kind=mean", "tasks.names.decoder=nearest"} {
		j, err := Parse("job.yaml", []byte(kindJob), []string{override})
		if err != nil {
			t.Fatal(err)
		}
		if j.Hash() == plain.Hash() {
			t.Errorf("--set %s leaves the hash alone", override)
		}
	}
	refuse("encoder.kind=cnn", "write one of lstm, mean")
	refuse("tasks.topic.decoder=nearest", "write one of linear")
}

// A crf is for tags, and has neither class weights nor label smoothing.
func TestCRF(t *testing.T) {
	for _, c := range []struct {
		set  []string
		want string
	}{
		{[]string{"tasks.names.decoder=crf"}, ""},
		{[]string{"tasks.pos.decoder=crf"}, ""},
		{[]string{"tasks.topic.decoder=crf"}, "tasks[0].decoder"},
		{[]string{"tasks.names.decoder=crf", "tasks.names.label_smoothing=0.1"},
			"the crf of task names has one loss for all tags of a text, which label smoothing cannot spread: remove it"},
		{[]string{"tasks.names.decoder=crf", "tasks.names.class_weights.O=2"},
			"the crf of task names has one loss for all tags of a text, which class weights cannot divide: remove"},
	} {
		_, err := Parse("job.yaml", []byte(kindJob), c.set)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v, want %q in it", c.set, err, c.want)
		}
	}
}

// restore returns a function that sets a list to its present value.
func restore(list *[]string) func() {
	before := slices.Clone(*list)
	return func() { *list = before }
}

// A split that is none of the three has no file.
func TestFileOfSplit(t *testing.T) {
	d := DataSet{Train: "a", Dev: "b", Test: "c"}
	var files []string
	for _, s := range append(Splits, "other") {
		files = append(files, d.File(s))
	}
	if !slices.Equal(files, []string{"a", "b", "c", ""}) {
		t.Errorf("files %q", files)
	}
}
