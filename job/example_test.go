package job_test

import (
	"fmt"

	"braid/job"
)

const text = `
data:
  news: {format: jsonl, train: train.jsonl, dev: dev.jsonl}
tasks:
  - {name: topic, kind: classification, field: topic}
  - {name: names, kind: tagging, field: tags}
training: {epochs: 3}
`

// Values on the command line replace those of the file. Keys that neither gives have their
// defaults.
func ExampleParse() {
	j, err := job.Parse("news.yaml", []byte(text), []string{"training.steps=50", "tasks.names.weight=2"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(j.Training.Steps, "steps of", j.Training.Batch, "examples")
	for _, t := range j.Tasks {
		fmt.Println(t.Name, t.Metric, t.Weight)
	}
	// Output:
	// 50 steps of 64 examples
	// topic accuracy 1
	// names f1 2
}

// An error has the place of the mistake and a mend.
func ExampleError() {
	_, err := job.Parse("news.yaml", []byte(text+"encoder: {lstm: {hiden: 200}}\n"), nil)
	fmt.Println(err)
	// Output:
	// news.yaml:8:18: unknown key "hiden" in encoder.lstm: did you mean "hidden"?
}

// Packages decide by the properties of a kind, not by its name.
func ExampleKindOf() {
	for _, name := range []string{"classification", "multilabel", "tagging", "regression"} {
		kind := job.KindOf(name)
		fmt.Println(name, kind.Per == job.PerWord, kind.Answer == job.Number, kind.Metrics)
	}
	// Output:
	// classification false false [accuracy macro_f1]
	// multilabel false false [micro_f1 macro_f1 accuracy]
	// tagging true false [f1 precision recall accuracy sentence_accuracy]
	// regression false true [pearson mse mae]
}

// Keys of the cluster part do not change the hash; keys that decide the result do.
func ExampleJob_Hash() {
	hash := func(overrides ...string) string {
		j, err := job.Parse("news.yaml", []byte(text), overrides)
		if err != nil {
			return err.Error()
		}
		return j.Hash()
	}
	fmt.Println(hash() == hash("cluster.min_workers=4"))
	fmt.Println(hash() == hash("training.batch=32"))
	// Output:
	// true
	// false
}
