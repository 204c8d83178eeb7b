package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/renameio/v2"

	"braid/data"
	"braid/internal/plain"
	"braid/job"
	"braid/model"
)

// tagFile is a file that --predictions asks for, and its task.
type tagFile struct {
	name string
	task int
}

// tagFiles reads the values of --predictions: FILE, or TASK=FILE if several tasks tag words.
func tagFiles(j *job.Job, given []string) (files []tagFile, err error) {
	var names []string
	tasks := map[string]int{}
	for t := range j.Tasks {
		if k := j.Tasks[t].Of(); k.Per == job.PerWord && k.Answer == job.Class {
			tasks[j.Tasks[t].Name] = t
			names = append(names, j.Tasks[t].Name)
		}
	}
	if len(given) > 0 && len(names) == 0 {
		return nil, fmt.Errorf("--predictions %s: no task of the model tags words", given[0])
	}
	for _, g := range given {
		name, file, named := strings.Cut(g, "=")
		if !named && len(names) == 1 {
			name, file = names[0], g
		}
		t, ok := tasks[name]
		if !ok || file == "" {
			return nil, fmt.Errorf("--predictions %s: write TASK=FILE, TASK one of %s", g, strings.Join(names, ", "))
		}
		files = append(files, tagFile{file, t})
	}
	return files, nil
}

// writePredictions writes a line with word, gold tag and answered tag for every word of a task's examples that have
// tags, and a blank line after each example. A word that max_tokens cuts off is answered with O, as scores count it.
// Blanks within a word become underscores, and control characters are escaped. The tags are BIO for data of every
// scheme.
// Source of the format: conlleval.pl of the CoNLL-2000 shared task.
func writePredictions(ctx context.Context, f tagFile, j *job.Job, p *model.Predictor, examples []data.Example,
	c *data.Corpus, labels *data.Labels) error {
	target := targetOf(c, f.task)
	if target == nil {
		return errors.New("no example has a tag of the task")
	}
	out, err := renameio.NewPendingFile(f.name, renameio.WithPermissions(0o644))
	if err != nil {
		return err
	}
	defer out.Cleanup()
	w := bufio.NewWriter(out)
	for now := range slices.Chunk(target.Labelled, 256) {
		texts := make([]model.Text, len(now))
		for i, e := range now {
			if texts[i], err = textOf(j, j.SetOf(f.task), &examples[e], examples[e].Words()); err != nil {
				return err
			}
		}
		answers, err := p.Answer(ctx, texts)
		if err != nil {
			return err
		}
		for i, e := range now {
			if answers[i].Err != nil {
				return answers[i].Err
			}
			gold := append(target.Tags[c.Offsets[e]:c.Offsets[e+1]:c.Offsets[e+1]], target.Beyond(e)...)
			writeTags(w, examples[e].Tokens, gold, answers[i].Tasks[f.task].Tags, labels)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.CloseAtomicallyReplace()
}

// targetOf returns the labels of a task, or nil if none of the examples has one.
func targetOf(c *data.Corpus, task int) *data.Target {
	if c == nil {
		return nil
	}
	for i := range c.Targets {
		if c.Targets[i].Task == task && len(c.Targets[i].Labelled) > 0 {
			return &c.Targets[i]
		}
	}
	return nil
}

var underscores = strings.NewReplacer(" ", "_", "\t", "_", "\n", "_", "\r", "_")

func writeTags(w *bufio.Writer, words []string, gold []int32, answers []string, labels *data.Labels) {
	for i, id := range gold {
		answer := "O"
		if i < len(answers) {
			answer = answers[i]
		}
		name := "O"
		if id >= 0 {
			name = labels.Name(id)
		}
		plain.Fprintf(w, "%s %s %s\n", underscores.Replace(words[i]), name, answer)
	}
	w.WriteByte('\n')
}

// predictions writes the files that --predictions asks for.
func (c evaluateCommand) predictions(ctx context.Context, b *model.Bundle, files []tagFile, sets []data.Set,
	scope scored) error {
	if len(files) == 0 {
		return nil
	}
	p := b.Predictor(model.Limits{Passes: c.Workers})
	for _, f := range files {
		s := b.Job.SetOf(f.task)
		if err := writePredictions(ctx, f, b.Job, p, scope.texts[s], sets[s].Split(c.Split), b.Labels[f.task]); err != nil {
			return fmt.Errorf("--predictions %s: %w", f.name, err)
		}
	}
	return nil
}
