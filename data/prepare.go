package data

import (
	"context"
	"fmt"
	"math"

	"braid/job"
)

// Prepare reads a job's data, counts vocabulary and labels in the training splits, and turns
// every split into numbers. If progress is not nil, Prepare calls it with the name of each part
// of the work. An error about the data is an *Error or a *job.Error.
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
	words := countWords(training, !isCode(j), j.Encoder)
	var err error
	if words.columns, err = columnCounts(j, raw); err != nil {
		return nil, nil, err
	}
	if j.Encoder.Word.Vectors.File != "" {
		progress("reading word vectors")
	}
	pre, err := readVectors(ctx, j, words.counts)
	if err != nil {
		return nil, nil, err
	}
	old, err := initialVocab(j)
	if err != nil {
		return nil, nil, err
	}
	p := &Prepared{Vocab: newVocab(words, j.Encoder, pre, old)}
	p.Vectors = pre.of(p.Vocab)
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
		for _, split := range job.Splits {
			examples := raw.Sets[s].Split(split)
			if examples == nil {
				continue
			}
			c, err := p.Encode(j, s, examples)
			if err != nil {
				return nil, nil, err
			}
			*set.At(split) = c
		}
		p.Sets = append(p.Sets, set)
	}
	p.Digest = digest(j, raw, p)
	return p, raw, nil
}

// isCode reports whether all data sets are of source code.
func isCode(j *job.Job) bool {
	for i := range j.Data {
		if !j.Data[i].Of().Code {
			return false
		}
	}
	return true
}

// Split returns a split; nil if the job does not have it.
func (s *Set) Split(split job.Split) *Corpus {
	if c := s.At(split); c != nil {
		return *c
	}
	return nil
}

// At returns the place of a split; nil if split is not one of job.Splits.
func (s *Set) At(split job.Split) **Corpus {
	switch split {
	case job.Train:
		return &s.Train
	case job.Dev:
		return &s.Dev
	case job.Test:
		return &s.Test
	}
	return nil
}

// Sizes returns the numbers of training examples with a label, by task and by data set.
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

// labelsOf returns the labels of a task's training split; nil for regression.
func labelsOf(j *job.Job, t int, raw *Raw) (*Labels, error) {
	task := j.Tasks[t]
	if task.Of().Answer == job.Number {
		return nil, nil
	}
	l, seen := newLabeller(j, t), map[string]bool{}
	for i := range raw.Sets[j.SetOf(t)].Train {
		e := &raw.Sets[j.SetOf(t)].Train[i]
		names, err := l.names(e)
		if err != nil {
			return nil, err
		}
		if task.Of().Per == job.PerWord && names != nil {
			names = names[:len(e.Words())] // training does not read the others
		}
		for _, n := range names {
			seen[n] = true
		}
	}
	if task.Spans() {
		seen["O"] = true
		for n := range seen { // a type of span has both B- and I-, whatever training has
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
		return nil, j.Errorf(fmt.Sprintf("tasks[%d].field", t), fieldMend(raw.Sets[j.SetOf(t)].Train, task.Field,
			"check the field's name and the training file"),
			"no training example of %s has a label in the field %q of task %s", task.Data, task.Field, task.Name)
	}
	return NewLabels(names), nil
}

// Encode turns examples of data set s into numbers. A label that training does not have gets an
// id of its own after those of training: scores count it as an error, and training ignores it.
func (p *Prepared) Encode(j *job.Job, s int, examples []Example) (*Corpus, error) {
	b := NewBuilder(p.Vocab, ReadingOf(j.Data[s]), len(examples))
	c := b.Corpus()
	var row []string
	for i := range examples {
		values, err := ValuesOf(j, s, &examples[i])
		if err != nil {
			return nil, err
		}
		for k, w := range examples[i].Words() {
			row = appendValues(row[:0], values, k)
			b.Word(w, row...)
		}
		b.EndText()
		if c.largest() > math.MaxInt32 {
			return nil, &Error{File: examples[i].File, Line: examples[i].Line, Msg: "more than 2^31 words or characters",
				Mend: "split the data set"}
		}
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
	kind := task.Of()
	if kind.Answer == job.Set {
		target.SetOff = make([]uint32, 1, len(examples)+1)
	}
	for i := range examples {
		e := &examples[i]
		labelled := false
		switch kind.Answer {
		case job.Number:
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
			switch {
			case kind.Answer == job.Set:
				for _, n := range names {
					target.SetIDs = append(target.SetIDs, labels.meet(n))
				}
				target.SetOff = append(target.SetOff, uint32(len(target.SetIDs)))
			case kind.Per == job.PerText:
				class := int32(-1)
				if labelled {
					class = labels.meet(names[0])
				}
				target.Class = append(target.Class, class)
			default:
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
			}
		}
		if labelled {
			target.Labelled = append(target.Labelled, uint32(i))
		}
	}
	return target, nil
}
