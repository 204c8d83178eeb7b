package data

import (
	"fmt"

	"braid/job"
)

// Finding is a probable mistake in the data. It does not stop training.
type Finding struct {
	File string
	Line int    // 0 means the whole file
	Task string // empty if the finding concerns all tasks of the data set
	Msg  string // the fault, its count and a mend
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

// maxFindings bounds the number of findings of one sort that are listed for a task and split.
// One more finding gives the total.
const maxFindings = 5

// Audit looks for probable mistakes. The findings are in this order: lines that the readers
// left out; the labels, conflicts and broken tags of each task; the words of each data set;
// repeated texts. It lists a few findings of each sort.
func Audit(j *job.Job, raw *Raw, p *Prepared) []Finding {
	var all []Finding
	for s := range raw.Sets {
		all = append(all, raw.Sets[s].Notes...)
	}
	if p.Vectors != nil {
		all = append(all, p.Vectors.notes...)
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
		all = append(all, withoutColumns(j, s, &raw.Sets[s])...)
		all = append(all, cutOtherwise(j.Data[s], &raw.Sets[s])...)
	}
	return append(all, repeats(raw)...)
}

// auditor examines the labels of one task.
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

// findings counts findings and keeps the first maxFindings.
type findings struct {
	list  []Finding
	count int
}

func (f *findings) add(x Finding) {
	if f.count++; f.count <= maxFindings {
		f.list = append(f.list, x)
	}
}

// end returns the list. If it is not complete, the last finding gives the total.
func (f *findings) end(what string) []Finding {
	if f.count > maxFindings {
		f.list = append(f.list, Finding{File: f.list[0].File, Task: f.list[0].Task,
			Msg: fmt.Sprintf("%d %s in all, the first %d are listed", f.count, what, maxFindings)})
	}
	return f.list
}

// some is one finding for any number of places: the first place and the count.
type some struct {
	first Finding
	count int
}

// see counts a place. It calls place only for the first one.
func (s *some) see(place func() Finding) {
	if s.count++; s.count == 1 {
		s.first = place()
	}
}

// end returns the finding, whose message starts with the count and noun. It returns nothing
// if there was no place.
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
