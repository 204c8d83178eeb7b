package job

import (
	"strings"
	"testing"
)

const shareJob = `
data: {d: {format: jsonl, train: t}}
encoder: {lstm: {layers: 3}}
tasks:
  - {name: slots, kind: tagging, field: a}
  - {name: intent, kind: classification, field: b, layer: 2}
  - {name: price, kind: regression, field: c, pooling: last, private: {lstm: {hidden: 9}}}
`

// Written jobs keep the keys that a task has, and no others; a task without a layer reads the last one.
func TestSharing(t *testing.T) {
	j, err := Parse("a.yaml", []byte(shareJob), nil)
	if err != nil {
		t.Fatal(err)
	}
	if slots, intent := j.Encoder.LayerOf(j.Tasks[0]), j.Encoder.LayerOf(j.Tasks[1]); slots != 3 || intent != 2 {
		t.Errorf("layers %d and %d", slots, intent)
	}
	again, err := ParseWritten("b.yaml", j.YAML(), nil)
	if err != nil || again.Hash() != j.Hash() || again.Tasks[1].Layer != 2 ||
		again.Tasks[2].Private != (Private{LSTM: PrivateLSTM{Hidden: 9, Layers: 1, Bidirectional: true}}) {
		t.Errorf("%v\n%s", err, j.YAML())
	}
	if text := string(j.YAML()); strings.Count(text, "layer:") != 1 || strings.Count(text, "private:") != 1 {
		t.Errorf("a task without the key writes it:\n%s", j.YAML())
	}
	off, err := Parse("a.yaml", []byte(shareJob), []string{"tasks.intent.layer=0", "tasks.price.private.lstm.hidden=0"})
	if err != nil || off.SharesInParts() || !j.SharesInParts() || off.Hash() == j.Hash() {
		t.Error(err)
	}
}

func TestRefusedSharing(t *testing.T) {
	for set, want := range map[string]string{
		"tasks.slots.private.lstm.hidden=-1":     "tasks[0].private.lstm.hidden is -1: write at least 0",
		"tasks.slots.private.orthogonality=-0.1": "tasks[0].private.orthogonality is -0.1: write 0 or more",
		"tasks.price.private.lstm.bidirectional=false": "task price takes the last state of each direction, and its two " +
			"encoders have other directions: choose another pooling, or give both encoders the same directions",
		"tasks.slots.group=a.b": `task slots has the group "a.b": give a short name without spaces, dots and slashes`,
		"tasks.slots.layer=-1":  "tasks[0].layer is -1: write at least 0",
		"tasks.slots.layer=4": "task slots reads layer 4, and encoder.lstm.layers is 3: write at most that number, " +
			"or raise encoder.lstm.layers",
	} {
		_, err := Parse("a.yaml", []byte(shareJob), []string{set})
		if want = "--set " + set + ": " + want; err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", set, err, want)
		}
	}
	_, err := Parse("a.yaml", []byte(shareJob), []string{"tasks.slots.private.lstm.layers=2"})
	want := "a.yaml:5:5: tasks[0].private has no lstm.hidden: add `lstm: {hidden: N}`, or remove the other keys"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
