package data

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"braid/job"
)

// Finding is something in the data that a person should look at; training goes on with it.
type Finding struct {
	File string
	Line int    // 0: the whole file
	Task string // empty: it concerns the data set, whatever its tasks
	Msg  string
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

var splitNames = []string{"train", "dev", "test"}

// Audit looks for labels that only dev or test have, for texts with two different labels,
// for broken BIO and for texts that two splits have. Findings come in the order of the
// job's tasks, then its data sets, then of the files.
func Audit(j *job.Job, raw *Raw, p *Prepared) []Finding {
	var all []Finding
	for s := range raw.Sets {
		all = append(all, raw.Sets[s].Notes...)
	}
	for t := range j.Tasks {
		set := j.SetOf(t)
		a := auditor{newLabeller(j, t), &raw.Sets[set]}
		all = append(all, a.strangers(p.Labels[t])...)
		all = append(all, a.conflicts()...)
		all = append(all, a.brokenTags()...)
	}
	for s := range raw.Sets {
		all = append(all, doubles(&raw.Sets[s])...)
	}
	return all
}

// auditor looks at one task's labels.
type auditor struct {
	labeller
	raw *RawSet
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
func (f *findings) end(file, what string) []Finding {
	if f.count > maxFindings {
		f.list = append(f.list, Finding{File: file, Task: f.list[0].Task, Msg: fmt.Sprintf("%d %s in all, the first %d are listed", f.count, what, maxFindings)})
	}
	return f.list
}

// strangers are labels that dev or test have and training has not.
func (a *auditor) strangers(labels *Labels) []Finding {
	if labels == nil {
		return nil
	}
	var all []Finding
	for _, split := range splitNames[1:] {
		type first struct {
			example, word, count int
		}
		seen := map[string]first{}
		examples := a.raw.Split(split)
		for i := range examples {
			names, _ := a.names(&examples[i])
			for k, n := range names {
				if _, known := labels.ID(n); known {
					continue
				}
				f, ok := seen[n]
				if !ok {
					f = first{example: i, word: k}
				}
				f.count++
				seen[n] = f
			}
		}
		var found findings
		for _, n := range slices.Sorted(maps.Keys(seen)) {
			f := seen[n]
			file, line := a.place(&examples[f.example], f.word)
			found.add(Finding{file, line, a.task.Name, fmt.Sprintf("label %q is not in training (%d in %s): it counts as an error, always", n, f.count, split)})
		}
		if found.count > 0 {
			all = append(all, found.end(found.list[0].File, "labels of "+split+" that training has not")...)
		}
	}
	return all
}

// labelText is an example's label for comparison, false if it has none.
func (a *auditor) labelText(e *Example) (string, bool) {
	f, ok := e.Fields[a.task.Field]
	if !ok {
		return "", false
	}
	if a.task.Kind == "regression" {
		return f.Text, true
	}
	names, err := a.names(e)
	if a.task.Kind == "multilabel" {
		names = slices.Sorted(slices.Values(names))
	}
	return strings.Join(names, " "), err == nil
}

// conflicts are examples with the same words and another label.
func (a *auditor) conflicts() []Finding {
	type first struct {
		e     *Example
		label string
	}
	seen := map[string]first{}
	var found findings
	for _, split := range splitNames {
		examples := a.raw.Split(split)
		for i := range examples {
			e := &examples[i]
			label, ok := a.labelText(e)
			if !ok {
				continue
			}
			key := strings.Join(e.Tokens, " ")
			f, ok := seen[key]
			if !ok {
				seen[key] = first{e, label}
				continue
			}
			if f.label == label {
				continue
			}
			file, line := a.place(e, 0)
			otherFile, otherLine := a.place(f.e, 0)
			x := Finding{file, line, a.task.Name, fmt.Sprintf("the words of %s:%d, but another label: %s, there %s", otherFile, otherLine, short(label), short(f.label))}
			if a.task.Kind == "tagging" {
				x.Msg = fmt.Sprintf("the words of %s:%d, but other tags", otherFile, otherLine)
			}
			found.add(x)
		}
	}
	if found.count == 0 {
		return nil
	}
	return found.end(found.list[0].File, "label conflicts")
}

func short(label string) string {
	if r := []rune(label); len(r) > 40 {
		label = string(r[:40]) + "…"
	}
	return fmt.Sprintf("%q", label)
}

// brokenTags are tags that continue a span which did not begin. They are scored as
// conlleval does: such a tag begins a span.
func (a *auditor) brokenTags() []Finding {
	if a.task.Kind != "tagging" || a.task.Scheme != "bio" && a.task.Scheme != "iobes" {
		return nil
	}
	var all []Finding
	for _, split := range splitNames {
		var found findings
		examples := a.raw.Split(split)
		for i := range examples {
			e := &examples[i]
			field := e.Fields[a.task.Field]
			tags := field.List
			if field.Kind == TextField {
				tags = strings.Fields(field.Text)
			}
			before, kindBefore := "O", ""
			for k, tag := range tags {
				prefix, kind := splitTag(tag)
				open := before == "B" || before == "I"
				if (prefix == "I" || prefix == "E") && !(open && kind == kindBefore) {
					file, line := a.place(e, k)
					found.add(Finding{file, line, a.task.Name, fmt.Sprintf("tag %s of word %d (%s) continues nothing: write B-%s", tag, k+1, short(e.Tokens[k]), kind)})
				}
				before, kindBefore = prefix, kind
			}
		}
		if found.count > 0 {
			all = append(all, found.end(found.list[0].File, "broken tags")...)
		}
	}
	return all
}

// doubles are examples of dev and test whose words another split has too.
func doubles(set *RawSet) []Finding {
	seen := map[string]*Example{}
	home := map[string]string{}
	var all []Finding
	for _, split := range splitNames {
		examples := set.Split(split)
		found := map[string]*findings{}
		for i := range examples {
			e := &examples[i]
			key := strings.Join(e.Tokens, " ")
			first, ok := seen[key]
			if !ok {
				seen[key], home[key] = e, split
				continue
			}
			from := home[key]
			if from == split {
				continue
			}
			if found[from] == nil {
				found[from] = &findings{}
			}
			found[from].add(Finding{File: e.File, Line: e.Line, Msg: fmt.Sprintf("the words of %s:%d, which is in %s", first.File, first.Line, from)})
		}
		for _, from := range splitNames {
			if f := found[from]; f != nil {
				all = append(all, f.end(f.list[0].File, fmt.Sprintf("examples of %s that %s has too", split, from))...)
			}
		}
	}
	return all
}
