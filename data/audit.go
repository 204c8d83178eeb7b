package data

import (
	"fmt"

	"braid/job"
)

// Finding is something in the data that a person should look at; training goes on with it.
type Finding struct {
	File string
	Line int    // 0: the whole file
	Task string // empty: it concerns the data set, whatever its tasks
	Msg  string // what there is, how often, and what to do
}

func (f Finding) String() string {
	place := f.File
	if f.Line > 0 {
		place = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	if f.Task != "" {
		return fmt.Sprintf("%s: %s: %s", place, f.Task, f.Msg)
	}
	return place + ": " + f.Msg
}

// maxFindings bounds how many findings of one sort about one task and split are listed;
// one more says how many there are.
const maxFindings = 5

// Audit looks for what is probably not meant. Findings come in this order: what the readers
// left out; by task its labels, conflicts and broken tags; by data set its words, then
// texts that stand twice. Of each sort a few are listed.
func Audit(j *job.Job, raw *Raw, p *Prepared) []Finding {
	var all []Finding
	for s := range raw.Sets {
		all = append(all, raw.Sets[s].Notes...)
	}
	for t := range j.Tasks {
		a := auditor{newLabeller(j, t), &raw.Sets[j.SetOf(t)]}
		if p.Labels[t] == nil {
			all = append(all, a.numbers()...)
		} else {
			all = append(all, a.labels(j, t, p.Labels[t])...)
		}
		all = append(all, a.notLabelled()...)
		all = append(all, a.conflicts()...)
		all = append(all, a.brokenTags()...)
	}
	for s := range raw.Sets {
		all = append(all, oddWords(&raw.Sets[s])...)
		all = append(all, oddTexts(j.Data[s], &raw.Sets[s])...)
		all = append(all, cutOtherwise(j.Data[s], &raw.Sets[s])...)
	}
	return append(all, repeats(raw)...)
}

// auditor looks at one task's labels.
type auditor struct {
	labeller
	raw *RawSet
}

// each visits the examples of all splits.
func (a *auditor) each(visit func(split job.Split, e *Example)) {
	for _, split := range job.Splits {
		examples := a.raw.Split(split)
		for i := range examples {
			visit(split, &examples[i])
		}
	}
}

func (a *auditor) finding(e *Example, word int, format string, args ...any) Finding {
	file, line := a.place(e, word)
	return Finding{file, line, a.task.Name, fmt.Sprintf(format, args...)}
}

// findings is a list that stops growing at maxFindings and goes on counting.
type findings struct {
	list  []Finding
	count int
}

func (f *findings) add(x Finding) {
	if f.count++; f.count <= maxFindings {
		f.list = append(f.list, x)
	}
}

// end says how many were left out.
func (f *findings) end(what string) []Finding {
	if f.count > maxFindings {
		f.list = append(f.list, Finding{File: f.list[0].File, Task: f.list[0].Task, Msg: fmt.Sprintf("%d %s in all, the first %d are listed", f.count, what, maxFindings)})
	}
	return f.list
}

// some is one finding for any number of places: the first, and how many there are.
type some struct {
	first Finding
	count int
}

// see counts a place; the first one is made into a finding when one is wanted.
func (s *some) see(place func() Finding) {
	if s.count++; s.count == 1 {
		s.first = place()
	}
}

// end returns the finding, which begins with the count and its noun; none if there was no place.
func (s *some) end(noun, format string, args ...any) []Finding {
	if s.count == 0 {
		return nil
	}
	s.first.Msg = plural(s.count, noun) + " " + fmt.Sprintf(format, args...)
	return []Finding{s.first}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func short(label string) string {
	if r := []rune(label); len(r) > 40 {
		label = string(r[:40]) + "…"
	}
	return fmt.Sprintf("%q", label)
}
