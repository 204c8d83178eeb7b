package data

import (
	"context"
	"fmt"
	"math"

	"braid/job"
)

// Prepare reads a job's data, counts vocabulary and labels in the training splits, and
// turns every split into numbers. progress (may be nil) hears what takes time.
func Prepare(ctx context.Context, j *job.Job, progress func(string)) (*Prepared, *Raw, error) {
	if progress == nil {
		progress = func(string) {}
	}
	raw := &Raw{}
	var training []counted
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
		training = append(training, counted{ReadingOf(d), set.Train})
	}
	p := &Prepared{Vocab: newVocab(training, j.Encoder.Word)}
	for t := range j.Tasks {
		labels, err := labelsOf(j, t, raw)
		if err != nil {
			return nil, nil, err
		}
		if err := checkWeights(j, t, labels); err != nil {
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
	p.Digest = digest(j, raw, p)
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
	l, seen := newLabeller(j, t), map[string]bool{}
	for i := range raw.Sets[j.SetOf(t)].Train {
		e := &raw.Sets[j.SetOf(t)].Train[i]
		names, err := l.names(e)
		if err != nil {
			return nil, err
		}
		if task.Kind == "tagging" && names != nil {
			names = names[:len(e.Words())] // what is cut teaches nothing
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
		return nil, j.Errorf(fmt.Sprintf("tasks[%d].field", t), fieldMend(raw.Sets[j.SetOf(t)].Train, task.Field, "check the field's name and the training file"), "no training example of %s has a label in the field %q of task %s", task.Data, task.Field, task.Name)
	}
	return NewLabels(names), nil
}

// Encode turns examples of data set s into numbers. A label that training did not have
// gets an id above the trained ones: it counts as an error, and is never learnt.
func (p *Prepared) Encode(j *job.Job, s int, examples []Example) (*Corpus, error) {
	c := &Corpus{Offsets: make([]uint32, 1, len(examples)+1)}
	reading := ReadingOf(j.Data[s])
	for i := range examples {
		for _, w := range examples[i].Words() {
			c.Words = append(c.Words, reading.ID(p.Vocab, w))
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
	task, labels, l := j.Tasks[t], p.Labels[t], newLabeller(j, t)
	target := &Target{Task: t}
	if task.Kind == "multilabel" {
		target.SetOff = make([]uint32, 1, len(examples)+1)
	}
	for i := range examples {
		e := &examples[i]
		labelled := false
		switch task.Kind {
		case "regression":
			v, ok, err := l.number(e)
			if err != nil {
				return nil, err
			}
			if !ok {
				v = math.NaN()
			}
			target.Values, labelled = append(target.Values, float32(v)), ok
		default:
			names, err := l.names(e)
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
				for k := range e.Words() {
					tag := int32(-1)
					if labelled {
						tag = labels.meet(names[k])
					}
					target.Tags = append(target.Tags, tag)
				}
				if labelled && e.Cut > 0 {
					target.cut(uint32(i), labels, names[len(e.Words()):])
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
