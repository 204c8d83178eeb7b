package model_test

import (
	"context"
	"fmt"
	"os"

	"braid/data"
	"braid/job"
	"braid/model"
)

// trained writes a model directory as a training does, here with initial values.
func trained() (dir string, err error) {
	j, err := job.Load("../cmd/braid/testdata/tiny/tiny.yaml")
	if err != nil {
		return "", err
	}
	p, _, err := data.Prepare(context.Background(), j, nil)
	if err != nil {
		return "", err
	}
	a, err := model.New(model.Spec{Job: j, Words: p.Vocab.Len(), Labels: p.Labels, Input: p.Vocab.Input})
	if err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", "model"); err != nil {
		return "", err
	}
	return dir, model.SaveBundle(dir, &model.Bundle{Architecture: a, Params: a.Start(), Vocab: p.Vocab})
}

// One predictor serves any number of goroutines.
func ExamplePredictor() {
	dir, err := trained()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	bundle, err := model.LoadBundle(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	predictor := bundle.Predictor(model.Limits{Passes: 4, MaxWords: 1000})
	texts := []model.Text{{Text: "play Bach in Cairo"}, model.Joined([]string{"eat", "in", "Lima"})}
	answers, err := predictor.Answer(context.Background(), texts)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range answers {
		topic, names := a.Tasks[0], a.Tasks[1]
		fmt.Printf("%s: %d words, %d topics, %d tags\n", a.Text, len(a.Words), len(topic.Probabilities), len(names.Tags))
	}
	// Output:
	// play Bach in Cairo: 4 words, 3 topics, 4 tags
	// eat in Lima: 3 words, 3 topics, 3 tags
}
