package data

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"braid/job"
)

// prepared reads a job with the given files. It returns an error's text without the directory.
func prepared(t *testing.T, yaml string, files map[string]string) (*Prepared, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Parse(filepath.Join(dir, "job.yaml"), []byte(yaml), nil)
	var p *Prepared
	if err == nil {
		p, _, err = Prepare(context.Background(), j, nil)
	}
	if err != nil {
		at := strings.LastIndex(err.Error(), filepath.Base(dir)+"/")
		return nil, err.Error()[at+len(filepath.Base(dir))+1:]
	}
	return p, ""
}

// A set of labels in one text: labels are trimmed, the separator alone is the empty set, and an
// empty cell means not labelled. Labels of a JSON list are not cut.
func TestMultilabelCells(t *testing.T) {
	for _, c := range []struct {
		name, set, file, text string
		labels                []string
		sets                  [][]string // nil: not labelled
	}{
		{"csv", "format: csv", "t", "text,y\na,\"western, drama\"\nb,\"action,crime ,\"\nc,\nd,\",\"\ne,C#\n",
			[]string{"C#", "action", "crime", "drama", "western"},
			[][]string{{"western", "drama"}, {"action", "crime"}, nil, {}, {"C#"}}},
		{"tsv with bars", `format: tsv, separator: "|"`, "t", "text\ty\na\tx, y | C#\nb\t|\nc\t\nd\t | \n",
			[]string{"C#", "x, y"}, [][]string{{"x, y", "C#"}, {}, nil, {}}},
		{"long separator", `format: tsv, separator: " and "`, "t", "text\ty\na\tx and y\nb\tsand\n",
			[]string{"sand", "x", "y"}, [][]string{{"x", "y"}, {"sand"}}},
		{"jsonl", "format: jsonl", "t",
			"{\"text\":\"a\",\"y\":[\"p,q\",\"r\"]}\n{\"text\":\"b\",\"y\":\"p, r\"}\n{\"text\":\"c\",\"y\":[]}\n" +
				"{\"text\":\"d\",\"y\":null}\n{\"text\":\"e\"}\n{\"text\":\"f\",\"y\":\",\"}\n",
			[]string{"p", "p,q", "r"}, [][]string{{"p,q", "r"}, {"p", "r"}, {}, nil, nil, {}}},
		{"twice in a set", "format: jsonl", "t",
			"{\"text\":\"a\",\"y\":[\"p\",\"q\",\"p\"]}\n{\"text\":\"b\",\"y\":\"q,q\"}\n",
			[]string{"p", "q"}, [][]string{{"p", "q"}, {"q"}}},
	} {
		p, err := prepared(t, "data: {s: {"+c.set+", train: t}}\ntasks: [{name: y, kind: multilabel, data: s, field: y}]\n",
			map[string]string{c.file: c.text})
		if err != "" {
			t.Errorf("%s: %s", c.name, err)
			continue
		}
		if got := p.Labels[0].Names(); !slices.Equal(got, c.labels) {
			t.Errorf("%s: labels %q, want %q", c.name, got, c.labels)
		}
		target := p.Sets[0].Train.Targets[0]
		for i, want := range c.sets {
			_, labelled := slices.BinarySearch(target.Labelled, uint32(i))
			got := []string{}
			for _, id := range target.SetIDs[target.SetOff[i]:target.SetOff[i+1]] {
				got = append(got, p.Labels[0].Name(id))
			}
			if labelled != (want != nil) || !slices.Equal(got, want) {
				t.Errorf("%s: example %d: got %q, labelled %v; want %q", c.name, i, got, labelled, want)
			}
		}
	}
}

// The label file of seq: labels are joined by #, # alone is no label, an empty line is not labelled.
func TestSeqSets(t *testing.T) {
	p, err := prepared(t, "data: {s: {format: seq, train: s}}\ntasks: [{name: y, kind: multilabel, data: s, field: "+
		"label}]\n",
		map[string]string{"s/seq.in": "a\nb\nc\n", "s/label": "x#y\n#\n\n"})
	if err != "" {
		t.Fatal(err)
	}
	target := p.Sets[0].Train.Targets[0]
	if !slices.Equal(target.Labelled, []uint32{0, 1}) || !slices.Equal(target.SetOff, []uint32{0, 2, 2, 2}) {
		t.Errorf("got %v, %v", target.Labelled, target.SetOff)
	}
}

// Labels are trimmed, except in quoted cells. Numbers stay as they are written.
func TestClassLabels(t *testing.T) {
	for _, c := range []struct{ set, text, want string }{
		{"format: csv", "text,y\na,pos\nb,pos \nc, neg\nd,neg\ne,\u00a0neg\u3000\n", "neg pos"},
		{"format: tsv", "text\ty \na\tpos\nb\tpos \nc\t neg\n", "neg pos"},
		{"format: jsonl", "{\"text\":\"a\",\"y\":1000000}\n{\"text\":\"b\",\"y\":9007199254740993}\n" +
			"{\"text\":\"c\",\"y\":9007199254740992}\n", "1000000 9007199254740992 9007199254740993"},
		{"format: jsonl", "{\"text\":\"a\",\"y\":1}\n{\"text\":\"b\",\"y\":1.0}\n{\"text\":\"c\",\"y\":1e999}\n" +
			"{\"text\":\"d\",\"y\":true}\n{\"text\":\"e\",\"y\":false}\n", "1 1.0 1e999 false true"},
	} {
		p, err := prepared(t, "data: {s: {"+c.set+", train: t}}\ntasks: [{name: y, kind: classification, data: s, "+
			"field: y}]\n", map[string]string{"t": c.text})
		if err != "" {
			t.Errorf("%q: %s", c.text, err)
		} else if got := strings.Join(p.Labels[0].Names(), " "); got != c.want {
			t.Errorf("%q: got %s, want %s", c.text, got, c.want)
		}
	}
}

// An impossible label or weight is an error with place and mend.
func TestBadLabels(t *testing.T) {
	job := func(kind, more string) string {
		return "data: {s: {format: jsonl, train: t}}\ntasks:\n  - {name: y, kind: " + kind + ", data: s, field: y" + more +
			"}\n"
	}
	tags := func(scheme string, more string) string {
		return "data: {s: {format: conll, columns: [word, y], train: t}}\ntasks:\n  - {name: y, kind: tagging, data: s, " +
			"field: y, scheme: " + scheme + more + "}\n"
	}
	const pn = "{\"text\":\"a\",\"y\":\"pos\"}\n{\"text\":\"b\",\"y\":\"neg\"}\n"
	for _, c := range []struct{ yaml, text, want string }{
		{job("classification", ", class_weights: {pos: 2, Neg: 9}"), pn,
			`job.yaml:3:80: task y has a class weight for "Neg", which no training example has as label: did you mean "neg"?`},
		{job("classification", ", class_weights: {positive: 9}"), pn,
			`job.yaml:3:72: task y has a class weight for "positive", which no training example has as label: labels are ` +
				`"neg", "pos"`},
		{tags("iobes", ", class_weights: {S-P: 2}"), "a B-P\nb E-P\n",
			`job.yaml:3:80: task y has a class weight for "S-P", which no training example has as label: tags of iobes are ` +
				`trained as BIO: weigh B-P and I-P`},
		{tags("bio", ", class_weights: {B-Q: 2}"), "a B-P\nb I-P\n",
			`job.yaml:3:78: task y has a class weight for "B-Q", which no training example has as label: did you mean "B-P"?`},
		{tags("bio", ""), "a O\nb L-P\n",
			`t:2: tag "L-P" is not one of bio: set the task's scheme to bilou, or mend the tag`},
		{tags("bio", ""), "a O\nb S-P\n",
			`t:2: tag "S-P" is not one of bio: set the task's scheme to iobes, or mend the tag`},
		{tags("bio", ""), "a O\nb P\n",
			`t:2: tag "P" is not one of bio: mend it, or set the task's scheme to bio, iobes, bilou, iob1 or plain`},
		{job("classification", ""), "{\"text\":\"a\",\"y\":\" \"}\n",
			`t:1: field "y" is an empty label: write the label, or null for none`},
		{job("classification", ""), "{\"text\":\"a\",\"y\":[\"p\"]}\n",
			`t:1: field "y" is a list: write one label, or make the task multilabel`},
		{job("multilabel", ""), "{\"text\":\"a\",\"y\":\"\"}\n",
			`t:1: field "y" is empty: write [] or the separator for no label, or null if it is not labelled`},
		{job("multilabel", ""), "{\"text\":\"a\",\"y\":[\"p\",\"\"]}\n",
			`t:1: label 2 of the field "y" is empty: remove it; [] is no label`},
		{job("multilabel", ""), "{\"text\":\"a\",\"y\":[]}\n",
			`job.yaml:3:49: no training example of s has a label in the field "y" of task y: check the field's name and ` +
				`the training file`},
		{job("classification", ""), "{\"text\":\"a\",\"Y\":\"p\"}\n",
			`job.yaml:3:53: no training example of s has a label in the field "y" of task y: ` +
				`the field "Y" is there: rename one`},
		{job("regression", ""), "{\"text\":\"a\",\"y\":1}\n{\"text\":\"b\",\"y\":1e39}\n",
			`t:2: field "y" is 1e39: write a finite number below 3.4e38, or leave it out`},
		{job("regression", ""), "{\"text\":\"a\",\"y\":-1e999}\n",
			`t:1: field "y" is -1e999: write a finite number below 3.4e38, or leave it out`},
		{job("regression", ""), "{\"text\":\"a\",\"y\":\"NaN\"}\n",
			`t:1: field "y" is NaN: write a finite number below 3.4e38, or leave it out`},
		{job("regression", ""), "{\"text\":\"a\",\"y\":\"1,5\"}\n",
			`t:1: field "y" is "1,5": write a number with a decimal point`},
		{job("regression", ""), "{\"text\":\"a\",\"y\":true}\n", `t:1: field "y" is "true": write a number`},
		{job("regression", ""), "{\"text\":\"a\",\"y\":[\"1\"]}\n",
			`t:1: field "y" is a list or an object: write one number`},
		{job("regression", ""), "{\"text\":\"a\",\"y\":\"0x1p4\"}\n", `t:1: field "y" is "0x1p4": write a decimal number`},
		{job("classification", ""), "{\"text\":\"a\",\"y\":{\"x\":1}}\n",
			`t:1: field "y" is an object: write a string, a number, a list of strings or null`},
		{job("multilabel", ""), "{\"text\":\"a\",\"y\":[\"x\",7]}\n",
			`t:1: field "y" is a list with 7, which is no string: write a string, a number, a list of strings or null`},
		{job("tagging", ""), "{\"text\":\"a,b c\",\"y\":\"O O\"}\n",
			"t:1: 2 tags in \"y\" for 4 words: give every word one tag; `tokenizer: space` in the job cuts the text at " +
				"blanks alone"},
	} {
		if _, got := prepared(t, c.yaml, map[string]string{"t": c.text}); got != c.want {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
}

// Keys of a data set that its format or its tasks do not use are refused.
func TestUnusedKeys(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"data: {s: {format: csv, separator: ';', train: t}}\ntasks: [{name: y, kind: classification, data: s, field: y}]\n",
			`job.yaml:1:36: no multilabel task reads the data set s: remove it: only multilabel tasks have several labels ` +
				`in one field`},
		{"data: {s: {format: tsv, separator: \"\\t\", train: t}}\ntasks: [{name: y, kind: multilabel, data: s, field: y}]\n",
			`job.yaml:1:36: data.s.separator is "\t", which divides the columns: write another, such as | or ,`},
		{"data: {s: {format: conll, columns: [word, y, y], train: t}}\ntasks: [{name: y, kind: tagging, data: s, field: " +
			"y}]\n",
			"job.yaml:1:36: columns 2 and 3 are both called \"y\": write \"-\" for a column that no task reads"},
		{"data: {s: {format: tsv, columns: [text, y], train: t}}\ntasks: [{name: y, kind: classification, data: s, " +
			"field: y}]\n",
			`job.yaml:1:34: data.s has the format tsv and names columns: remove it: only conll names its columns in the job`},
		{"data: {s: {format: csv, tokens: words, train: t}}\ntasks: [{name: y, kind: classification, data: s, field: y}]\n",
			`job.yaml:1:33: data.s has the format csv and names tokens: remove it: a list of words needs format jsonl`},
		{"data: {s: {format: seq, text: words, train: t}}\ntasks: [{name: y, kind: classification, data: s, field: label}]\n",
			`job.yaml:1:31: data.s has the format seq and names a text: remove it: this format has words, not texts`},
	} {
		if _, got := prepared(t, c.yaml, nil); got != c.want {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
}
