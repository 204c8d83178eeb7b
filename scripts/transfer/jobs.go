package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// tasks are those of a data set: intents and slots under a prefix.
func tasks(prefix, set, more string) string {
	return fmt.Sprintf("  - {name: %[1]sintent, kind: classification, data: %[2]s, field: label, pooling: max%[3]s}\n"+
		"  - {name: %[1]sslots, kind: tagging, data: %[2]s, field: tags, decoder: crf%[3]s}\n", prefix, set, more)
}

// set is a data set of the experiment.
func set(name, dir string) string {
	return fmt.Sprintf("  %[1]s: {format: seq, train: data/%[2]s/train, dev: data/%[2]s/valid, test: data/%[2]s/test}\n",
		name, dir)
}

// jobs writes the jobs of the experiment.
type jobs struct {
	encoder string // the part of examples/snips.yaml
	steps   int    // that train the new tasks
	rate    float64
}

// newJobs takes the encoder of a job file.
func newJobs(text string, steps int, rate float64) (*jobs, error) {
	_, rest, ok := strings.Cut(text, "encoder:\n")
	encoder, _, end := strings.Cut(rest, "tasks:\n")
	if !ok || !end {
		return nil, errors.New("no encoder and tasks in this order")
	}
	return &jobs{encoder, steps, rate}, nil
}

// job returns the text of a job. Only the last parameters are scored, so that no arm gains by a choice on dev.
func (j *jobs) job(name, init, sets, tasks, sampling string, steps int) string {
	return fmt.Sprintf("name: %s\n%sdata:\n%sencoder:\n%stasks:\n%straining:\n  sampling: {kind: %s}\n  batch: 32\n"+
		"  shards: 8\n  steps: %d\n  optimizer: {kind: adam, lr: 0.002}\n  schedule: {kind: linear, warmup: 100}\n"+
		"  evaluate_every: %[7]d\n  patience: 0\ncluster: {candidates: \"off\"}\n",
		name, init, sets, j.encoder, tasks, sampling, steps)
}

// model is the job of the model from which the others start.
func (j *jobs) model(steps int) string {
	return j.job("model", "", set("known", "known"), tasks("", "known", ""), "proportional", steps)
}

// arm is a way to train the new tasks.
type arm struct {
	name   string
	text   string
	prefix string // of the new tasks
}

// arms returns the arms for n sentences of each intent and the model in a run directory.
func (j *jobs) arms(n int, model string) []arm {
	all, known := set("all", fmt.Sprintf("all-%d", n)), set("known", "known")
	oldTasks, newTasks := tasks("", "known", ""), tasks("all_", "all", "")
	from := func(more string) string { return fmt.Sprintf("init: {from: %q%s}\n", model, more) }
	never := tasks("", "known", ", probability: 0") + tasks("all_", "all", ", probability: 1")
	more := int(math.Round(float64(j.steps) / (1 - j.rate)))
	return []arm{
		{"from scratch", j.job("scratch", "", all, newTasks, "proportional", j.steps), "all_"},
		{"init", j.job("init", from(""), all+known, never, "explicit", j.steps), "all_"},
		{fmt.Sprintf("init, rehearse %g", j.rate), j.job("rehearse", from(fmt.Sprintf(", rehearse: %g", j.rate)), all+known,
			oldTasks+newTasks, "proportional", more), "all_"},
		{"init, frozen", j.job("frozen", from(", freeze: [word, feature, encoder, char, character]"), all+known, never,
			"explicit", j.steps), "all_"},
		{"init, same tasks", j.job("same", from(""), all, tasks("", "all", ""), "proportional", j.steps), ""},
	}
}
