package data

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"braid/job"
)

// labeller finds the labels of one task in examples of its data set.
type labeller struct {
	task              job.Task
	format, separator string // of the data set
}

func newLabeller(j *job.Job, t int) labeller {
	d := j.Data[j.SetOf(t)]
	return labeller{j.Tasks[t], d.Format, d.LabelSeparator()}
}

// place returns the place of the label of word i of an example.
func (l labeller) place(e *Example, i int) (file string, line int) {
	switch {
	case i < len(e.Lines):
		return e.File, e.Lines[i]
	case l.format == "seq" && l.task.Field == "tags":
		return filepath.Join(filepath.Dir(e.File), "seq.out"), e.Line
	case l.format == "seq":
		return filepath.Join(filepath.Dir(e.File), "label"), e.Line
	}
	return e.File, e.Line
}

func (l labeller) errorf(e *Example, word int, mend, format string, args ...any) error {
	file, line := l.place(e, word)
	return &Error{file, line, fmt.Sprintf(format, args...), mend}
}

// names returns an example's labels; tags with spans are returned as BIO. It returns nil if the
// example is not labelled, and an empty slice if it is labelled with the empty set.
func (l labeller) names(e *Example) ([]string, error) {
	task := l.task
	f, ok := e.Fields[task.Field]
	if !ok {
		return nil, nil
	}
	refuse := func(mend, format string, args ...any) ([]string, error) {
		return nil, l.errorf(e, 0, mend, format, args...)
	}
	if f.Kind == OtherField {
		return refuse("write a string, a number, a list of strings or null", "field %q is %s", task.Field, f.Text)
	}
	switch kind := task.Of(); {
	case kind.Per == job.PerText && kind.Answer == job.Class:
		if f.Kind == ListField {
			return refuse("write one label, or make the task multilabel", "field %q is a list", task.Field)
		}
		if strings.TrimSpace(f.Text) == "" {
			return refuse("write the label, or null for none", "field %q is an empty label", task.Field)
		}
		return []string{f.Text}, nil
	case kind.Answer == job.Set:
		if f.Kind != ListField {
			if strings.TrimSpace(f.Text) == "" {
				return refuse("write [] or the separator for no label, or null if it is not labelled", "field %q is empty",
					task.Field)
			}
			return splitLabels(f.Text, l.separator), nil
		}
		for i, name := range f.List {
			if strings.TrimSpace(name) == "" {
				return refuse("remove it; [] is no label", "label %d of the field %q is empty", i+1, task.Field)
			}
		}
		return unique(f.List), nil
	case kind.Per == job.PerWord:
		list := f.List
		if f.Kind != ListField {
			list = splitWords(f.Text)
		}
		if len(list) != len(e.Tokens) {
			mend := "give every word one tag"
			if e.Text != "" && l.format != "seq" {
				mend += "; `tokenizer: space` in the job cuts the text at blanks alone"
			}
			return refuse(mend, "%s in %q for %s", plural(len(list), "tag"), task.Field, plural(len(e.Tokens), "word"))
		}
		for i, tag := range list {
			if wrong := checkTag(task.Scheme, tag); wrong != "" {
				return nil, l.errorf(e, i, schemeMend(tag), "%s", wrong)
			}
		}
		return toBIO(task.Scheme, list), nil
	}
	return nil, nil
}

// splitLabels cuts a text into a set of labels. The separator alone is the empty set.
func splitLabels(text, separator string) []string { return unique(labelParts(text, separator)) }

// labelParts returns the trimmed labels between separators without the empty ones.
func labelParts(text, separator string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, separator) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// unique drops repeated labels.
func unique(names []string) []string {
	if len(names) < 2 {
		return names
	}
	seen := make(map[string]bool, len(names))
	kept := make([]string, 0, len(names))
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			kept = append(kept, n)
		}
	}
	return kept
}

// number returns an example's target for a regression task; false if the example has none. The
// target lies in the range of float32, to which training rounds it.
func (l labeller) number(e *Example) (float64, bool, error) {
	task := l.task
	f, ok := e.Fields[task.Field]
	if !ok {
		return 0, false, nil
	}
	refuse := func(mend, format string, args ...any) (float64, bool, error) {
		return 0, false, l.errorf(e, 0, mend, format, args...)
	}
	if f.Kind == ListField || f.Kind == OtherField {
		return refuse("write one number", "field %q is a list or an object", task.Field)
	}
	text := strings.TrimSpace(f.Text)
	v, err := strconv.ParseFloat(text, 64)
	if strings.ContainsAny(text, "xX_") {
		return refuse("write a decimal number", "field %q is %s", task.Field, short(text))
	}
	if err != nil && !math.IsInf(v, 0) {
		mend := "write a number"
		if _, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64); err == nil {
			mend = "write a number with a decimal point"
		}
		return refuse(mend, "field %q is %s", task.Field, short(text))
	}
	if math.IsNaN(v) || math.IsInf(v, 0) || math.IsInf(float64(float32(v)), 0) {
		return refuse("write a finite number below 3.4e38, or leave it out", "field %q is %s", task.Field, text)
	}
	return v, true, nil
}
