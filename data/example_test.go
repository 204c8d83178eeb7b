package data_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"braid/data"
	"braid/job"
)

// Prepare reads the files of a job. A word that training does not have gets the id of its
// shape, or of its digit form.
func ExamplePrepare() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	files := map[string]string{
		"train.jsonl": `{"text": "pay 20 dollars", "topic": "money"}` + "\n" + `{"text": "call Ann", "topic": "people"}` +
			"\n",
		"dev.jsonl": `{"text": "call Bob", "topic": "people"}` + "\n",
		"job.yaml": "data: {d: {format: jsonl, train: train.jsonl, dev: dev.jsonl}}\n" +
			"tasks: [{name: topic, kind: classification, field: topic}]\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			fmt.Println(err)
			return
		}
	}
	j, err := job.Load(filepath.Join(dir, "job.yaml"))
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _, err := data.Prepare(context.Background(), j, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("labels", p.Labels[0].Names())
	dev := p.Sets[0].Split(job.Dev)
	for i := range dev.Len() {
		for _, id := range dev.Example(i) {
			fmt.Println(id, p.Vocab.Word(id))
		}
	}
	// Output:
	// labels [money people]
	// 9 call
	// 1 <Name>
}

// A Reading cuts texts for prediction as it does for training.
func ExampleReading_Cut() {
	r := data.ReadingOf(job.DataSet{Tokenizer: "unicode", MaxTokens: 3})
	words, truncated := r.Cut("It's 5 o'clock.")
	for _, w := range words {
		fmt.Println(w.Text, w.Start, w.End)
	}
	fmt.Println(truncated)
	// Output:
	// It's 0 4
	// 5 5 6
	// o'clock 7 14
	// true
}
