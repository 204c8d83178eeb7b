package data

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"braid/job"
)

// Prepare reads a job's data, counts vocabulary and labels in the training splits, and
// turns every split into numbers. progress (may be nil) hears what takes time.
func Prepare(ctx context.Context, j *job.Job, progress func(string)) (*Prepared, *Raw, error) {
	if progress == nil {
		progress = func(string) {}
	}
	raw := &Raw{}
	var training [][]Example
	lower := false
	for _, d := range j.Data {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		progress("reading " + d.Name)
		set, err := read(j, d)
		if err != nil {
			return nil, nil, err
		}
		raw.Sets = append(raw.Sets, set)
		training = append(training, set.Train)
		lower = lower || d.Lower
	}
	p := &Prepared{Vocab: newVocab(training, j.Encoder.Word.MinCount, lower)}
	for t := range j.Tasks {
		labels, err := labelsOf(j, t, raw)
		if err != nil {
			return nil, nil, err
		}
		p.Labels = append(p.Labels, labels)
	}
	for s := range j.Data {
		progress("encoding " + j.Data[s].Name)
		set := Set{Name: j.Data[s].Name}
		for _, split := range []struct {
			examples []Example
			to       **Corpus
		}{{raw.Sets[s].Train, &set.Train}, {raw.Sets[s].Dev, &set.Dev}, {raw.Sets[s].Test, &set.Test}} {
			if split.examples == nil {
				continue
			}
			c, err := p.Encode(j, s, split.examples)
			if err != nil {
				return nil, nil, err
			}
			*split.to = c
		}
		p.Sets = append(p.Sets, set)
	}
	return p, raw, nil
}

// Split returns a split by name: train, dev or test; nil if the job has none.
func (s *Set) Split(name string) *Corpus {
	switch name {
	case "train":
		return s.Train
	case "dev":
		return s.Dev
	case "test":
		return s.Test
	}
	return nil
}

// Sizes are the numbers that a plan is made from.
func (p *Prepared) Sizes() (tasks, sets []int) {
	tasks = make([]int, len(p.Labels))
	for _, s := range p.Sets {
		sets = append(sets, len(s.Train.Any))
		for _, t := range s.Train.Targets {
			tasks[t.Task] = len(t.Labelled)
		}
	}
	return tasks, sets
}

// labelsOf collects a task's labels from its training split; nil for regression.
func labelsOf(j *job.Job, t int, raw *Raw) (*Labels, error) {
	task := j.Tasks[t]
	if task.Kind == "regression" {
		return nil, nil
	}
	seen := map[string]bool{}
	for i := range raw.Sets[j.SetOf(t)].Train {
		names, err := labelNames(task, &raw.Sets[j.SetOf(t)].Train[i])
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			seen[n] = true
		}
	}
	if task.Kind == "tagging" && task.Scheme != "plain" {
		seen["O"] = true
		for n := range seen { // a span that training has only as B- still needs its I-, and the reverse
			if _, kind := splitTag(n); kind != "" {
				seen["B-"+kind], seen["I-"+kind] = true, true
			}
		}
	}
	var names []string
	for n := range seen {
		names = append(names, n)
	}
	if len(names) == 0 {
		return nil, j.Errorf(fmt.Sprintf("tasks[%d].field", t), "check the field's name and the training file", "no training example of %s carries the field %q of task %s", task.Data, task.Field, task.Name)
	}
	return NewLabels(names), nil
}

// labelNames are an example's labels for a task as BIO or as they stand; nil if it has none.
func labelNames(task job.Task, e *Example) ([]string, error) {
	f, ok := e.Fields[task.Field]
	if !ok {
		return nil, nil
	}
	refuse := func(mend, format string, args ...any) ([]string, error) {
		return nil, &Error{e.File, e.Line, fmt.Sprintf(format, args...), mend}
	}
	switch task.Kind {
	case "classification":
		if f.Kind == ListField {
			return refuse("write one label, or make the task multilabel", "field %q is a list", task.Field)
		}
		return []string{f.Text}, nil
	case "multilabel":
		if f.Kind == ListField {
			return f.List, nil
		}
		return strings.FieldsFunc(f.Text, func(r rune) bool { return r == '#' || r == '|' || r == ',' }), nil
	case "tagging":
		list := f.List
		if f.Kind != ListField {
			list = strings.Fields(f.Text)
		}
		if len(list) != len(e.Tokens) {
			return refuse("give every word one tag", "%d tags in %q for %d words", len(list), task.Field, len(e.Tokens))
		}
		for _, tag := range list {
			if wrong := checkTag(task.Scheme, tag); wrong != "" {
				return refuse("mend it, or set the task's scheme to bio, iobes, iob1 or plain", "%s", wrong)
			}
		}
		return toBIO(task.Scheme, list), nil
	}
	return nil, nil
}

// numberOf is an example's target for a regression task; false if it has none.
func numberOf(task job.Task, e *Example) (float32, bool, error) {
	f, ok := e.Fields[task.Field]
	if !ok {
		return 0, false, nil
	}
	v := f.Number
	if f.Kind != NumberField {
		var err error
		if v, err = strconv.ParseFloat(strings.TrimSpace(f.Text), 64); err != nil || f.Kind == ListField {
			return 0, false, &Error{e.File, e.Line, fmt.Sprintf("field %q is %q", task.Field, f.Text), "write a number"}
		}
	}
	if math.IsNaN(v) || math.IsInf(float64(float32(v)), 0) {
		return 0, false, &Error{e.File, e.Line, fmt.Sprintf("field %q is %v", task.Field, v), "write a finite number, or leave it out"}
	}
	return float32(v), true, nil
}

// Encode turns examples of data set s into numbers. A label that training did not have
// gets an id above the trained ones: it counts as an error, and is never learnt.
func (p *Prepared) Encode(j *job.Job, s int, examples []Example) (*Corpus, error) {
	c := &Corpus{Offsets: make([]uint32, 1, len(examples)+1)}
	for i := range examples {
		for _, w := range examples[i].Tokens {
			c.Words = append(c.Words, p.Vocab.ID(w))
		}
		if len(c.Words) > math.MaxInt32 {
			return nil, &Error{File: examples[i].File, Line: examples[i].Line, Msg: "more than 2^31 words", Mend: "split the data set"}
		}
		c.Offsets = append(c.Offsets, uint32(len(c.Words)))
	}
	any := make([]bool, len(examples))
	for _, t := range j.TasksOf(s) {
		target, err := p.target(j, t, examples, len(c.Words))
		if err != nil {
			return nil, err
		}
		for _, e := range target.Labelled {
			any[e] = true
		}
		c.Targets = append(c.Targets, *target)
	}
	for i, has := range any {
		if has {
			c.Any = append(c.Any, uint32(i))
		}
	}
	return c, nil
}

func (p *Prepared) target(j *job.Job, t int, examples []Example, words int) (*Target, error) {
	task, labels := j.Tasks[t], p.Labels[t]
	target := &Target{Task: t}
	if task.Kind == "multilabel" {
		target.SetOff = make([]uint32, 1, len(examples)+1)
	}
	for i := range examples {
		e := &examples[i]
		labelled := false
		switch task.Kind {
		case "regression":
			v, ok, err := numberOf(task, e)
			if err != nil {
				return nil, err
			}
			if !ok {
				v = float32(math.NaN())
			}
			target.Values, labelled = append(target.Values, v), ok
		default:
			names, err := labelNames(task, e)
			if err != nil {
				return nil, err
			}
			_, labelled = e.Fields[task.Field]
			switch task.Kind {
			case "classification":
				class := int32(-1)
				if labelled {
					class = labels.meet(names[0])
				}
				target.Class = append(target.Class, class)
			case "tagging":
				for k := range e.Tokens {
					tag := int32(-1)
					if labelled {
						tag = labels.meet(names[k])
					}
					target.Tags = append(target.Tags, tag)
				}
			case "multilabel":
				for _, n := range names {
					target.SetIDs = append(target.SetIDs, labels.meet(n))
				}
				target.SetOff = append(target.SetOff, uint32(len(target.SetIDs)))
			}
		}
		if labelled {
			target.Labelled = append(target.Labelled, uint32(i))
		}
	}
	return target, nil
}
