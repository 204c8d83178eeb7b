package data

import (
	"slices"
	"strings"
	"testing"
)

// For each sort of finding: data that have it, the whole message, and data that do not have it.
func TestFindings(t *testing.T) {
	one := func(format, kind, more string) string {
		return "data: {s: {format: " + format + ", train: train, dev: dev}}\ntasks:\n  - {name: y, kind: " + kind +
			", data: s, field: y" + more + "}\n"
	}
	// Texts differ between splits, so that no text is repeated.
	const dev = "text\ty\ndev one\tpos\ndev two\tneg\n"
	for _, c := range []struct {
		name, yaml, train, dev string
		want                   []string // nil: no finding at all
	}{
		{"nothing", one("tsv", "classification", ""), "text\ty\na\tpos\nb\tneg\nc\tpos\n", dev, nil},
		{"labels in case", one("tsv", "classification", ""), "text\ty\na\tpos\nb\tneg\nc\tPos\nd\tpos\n", dev,
			[]string{`train:4: y: label "Pos" (1) and label "pos" (3) differ in case alone: write one of them everywhere`}},
		{"labels in case and white space", one("jsonl", "classification", ""),
			"{\"text\":\"a\",\"y\":\"x\"}\n{\"text\":\"b\",\"y\":\"X \"}\n{\"text\":\"c\",\"y\":\"x\"}\n",
			"{\"text\":\"e\",\"y\":\"x\"}",
			[]string{`train:2: y: label "X " (1) and label "x" (3) differ in white space or invisible characters and case ` +
				`alone: write one of them everywhere`}},
		{"labels in white space", one("jsonl", "classification", ""),
			"{\"text\":\"a\",\"y\":\"x y\"}\n{\"text\":\"b\",\"y\":\"x\u00a0y\"}\n{\"text\":\"c\",\"y\":\"x y\"}\n" +
				"{\"text\":\"d\",\"y\":\"x y \"}\n", "{\"text\":\"e\",\"y\":\"x y\"}",
			[]string{`train:4: y: label "x y " (1) and label "x y" (3) differ in white space or invisible characters ` +
				`alone: write one of them everywhere`,
				`train:2: y: label "x\u00a0y" (1) and label "x y" (3) differ in white space or invisible characters alone: ` +
					`write one of them everywhere`}},
		{"labels in normal form", one("tsv", "classification", ""), "text\ty\na\tcaf\u00e9\nb\tcafe\u0301\nc\tcaf\u00e9\n",
			"text\ty\nd\tcaf\u00e9\ne\tcaf\u00e9\n",
			[]string{"train:3: y: label \"cafe\u0301\" (1) and label \"caf\u00e9\" (4) differ in Unicode normal form (NFC, " +
				"NFD) alone: write one of them everywhere"}},
		{"labels as numbers", one("jsonl", "classification", ""),
			"{\"text\":\"a\",\"y\":1}\n{\"text\":\"b\",\"y\":1.0}\n{\"text\":\"c\",\"y\":9007199254740993}\n" +
				"{\"text\":\"d\",\"y\":9007199254740992}\n{\"text\":\"d2\",\"y\":1}", "{\"text\":\"e\",\"y\":1}",
			[]string{`train:2: y: label "1.0" (1) and label "1" (3) differ in how one number is written alone: write one ` +
				`of them everywhere`}},
		{"labels of zero", one("jsonl", "classification", ""),
			"{\"text\":\"a\",\"y\":0}\n{\"text\":\"b\",\"y\":-0}\n{\"text\":\"c\",\"y\":0}", "{\"text\":\"e\",\"y\":0}",
			[]string{`train:2: y: label "-0" (1) and label "0" (3) differ in how one number is written alone: write one of ` +
				`them everywhere`}},
		{"columns that are not read",
			"data: {s: {format: conll, columns: [word, y], train: train, dev: dev}}\ntasks: [{name: y, kind: tagging, " +
				"data: s, field: y, scheme: plain}]\n",
			"New York B\nthe sea O\n", "x York\ny sea\n",
			[]string{"train:1: 1 column behind the 2 that the job names is not read: write \"-\" for each in `columns:` if " +
				"that is meant; divide by TABs if words hold blanks"}},
		{"a separator of lines", one("jsonl, tokens: w", "classification", ""),
			"{\"w\":[\"a\\u2028b\"],\"y\":\"p\"}\n{\"w\":[\"b\"],\"y\":\"q\"}\n", "{\"w\":[\"c\"],\"y\":\"p\"}",
			[]string{`train:1: 1 word of train with characters that cannot be seen (here U+2028 in "a\u2028b"): remove the ` +
				`characters, which make another word of it`}},
		{"types of tags", "data: {s: {format: conll, columns: [word, y], train: train, dev: dev}}\ntasks: [{name: y, " +
			"kind: tagging, data: s, field: y}]\n",
			"a B-per\nb I-per\nc B-PER\n", "d B-PER\ne B-per\n",
			[]string{`train:3: y: label "PER" (2) and label "per" (3) differ in case alone: write one of them everywhere`}},
		{"one class", one("tsv", "classification", ""), "text\ty\na\tpos\nb\tpos\n", "text\ty\nc\tpos\n",
			[]string{`train:2: y: one class only: 2 labels of train, all "pos": there is nothing to learn; check the field ` +
				`"y" and the file`}},
		{"one class in dev", one("tsv", "classification", ""), "text\ty\na\tpos\nb\tneg\n",
			"text\ty\nc\tpos\nd\tpos\ne\tpos\nf\tpos\ng\tpos\n",
			[]string{`dev:2: y: one class only: 5 labels of dev, all "pos": its score has no meaning; check the field "y" and ` +
				`the file`}},
		{"an id", one("tsv", "classification", ""), "text\ty\na\t1\nb\t2\nc\t3\nd\t4\ne\t5\n", "text\ty\nf\t1\ng\t2\n",
			[]string{`train:2: y: 5 different labels for 5 labels in train: the field "y" looks like an id, not like a ` +
				`class; name another field`}},
		{"weight not used", "data: {s: {format: conll, columns: [word, y], train: train, dev: dev}}\ntasks: [{name: y, " +
			"kind: tagging, data: s, field: y, class_weights: {I-p: 2}}]\n",
			"a B-p\nb O\n", "c B-p\n",
			[]string{`job.yaml:2: y: the class weight of "I-p" is not used (0 in train): remove it`}},
		{"no label in dev", one("jsonl", "classification", ""),
			"{\"text\":\"a\",\"y\":\"p\"}\n{\"text\":\"b\",\"y\":\"q\"}\n",
			"{\"text\":\"c\",\"Y\":\"p\"}\n{\"text\":\"d\",\"Y\":\"p\"}\n",
			[]string{`dev:1: y: 2 examples of dev, and none has a label in the field "y": the field "Y" is there: rename one`}},
		{"empty cells", one("csv", "multilabel", ""), "text,y\na,p\nb,\nc,q\nd,\n", "text,y\ne,p\n",
			[]string{`train:3: y: 2 examples of train (of 4) without a label, as the field "y" is empty: write the ` +
				`separator "," alone if it has no label`}},
		{"empty cells of classes", one("csv", "classification", ""), "text,y\na,p\nb,q\nd,\n", "text,y\ne,p\n",
			[]string{`train:4: y: 1 example of train (of 3) without a label, as the field "y" is empty: label it, or ` +
				`remove it if no other task needs it`}},
		{"another separator", one("tsv", "multilabel", ""), "text\ty\na\tp|q\nb\tq|r\nc\tC#\n", "text\ty\ne\tC#\n",
			[]string{`train:2: y: 2 labels with "|" in it, as "p|q": set data.s.separator if it divides labels`}},
		{"an empty label", one("csv, separator: \"#\"", "multilabel", ""), "text,y\na,C#\nb,p#q\nc,#\nd,p##q\n",
			"text,y\ne,p\n",
			[]string{`train:2: y: 2 examples with an empty label before or after "#", which is dropped (here "C#"): ` +
				`remove the separator, or set data.s.separator if "#" is part of a label`}},
		{"a label twice", one("jsonl", "multilabel", ""),
			"{\"text\":\"a\",\"y\":[\"p\",\"q\",\"p\"]}\n{\"text\":\"b\",\"y\":\"q,q\"}\n", "{\"text\":\"c\",\"y\":[]}",
			[]string{`train:1: y: 2 examples with a label twice, which counts once: remove one`}},
		{"too many digits", one("tsv", "regression", ""), "text\ty\na\t16777216\nb\t16777217\nc\t0.1\nd\t1700000000\n",
			"text\ty\ne\t1700000001\n",
			[]string{`train:3: y: 2 targets with more digits than float32 holds (here 16777217 becomes 16777216): subtract ` +
				`a constant from all targets, or divide them`}},
		{"a constant", one("tsv", "regression", ""), "text\ty\na\t2\nb\t2.0\n", "text\ty\ne\t1\n",
			[]string{`train:2: y: 2 targets of train, all 2: there is nothing to learn; check the field "y"`}},
		{"characters that cannot be seen", one("jsonl, tokens: w", "classification", ""),
			"{\"w\":[\"b\",\"a\u200b\"],\"y\":\"p\"}\n{\"w\":[\"\U0001F468\u200d\U0001F469\"],\"y\":\"q\"}\n" +
				"{\"w\":[\"a\u200d\"],\"y\":\"q\"}\n", "{\"w\":[\"c\"],\"y\":\"p\"}",
			[]string{`train:1: 2 words of train with characters that cannot be seen (here U+200B in "a\u200b"): remove the ` +
				`characters, which make another word of it`}},
		{"broken characters", one("conll, columns: [word, y]", "tagging", ""), "b O\ncaf\ufffd B-p\n", "c B-p\n",
			[]string{"train:2: 1 word of train with U+FFFD (here \"caf\ufffd\"): convert the source again: an earlier " +
				"conversion wrote it for bytes that it could not read"}},
		{"another normal form", one("tsv", "classification", ""), "text\ty\ncaf\u00e9\tpos\nc\tneg\nd\tpos\n",
			"text\ty\nthe cafe\u0301\tpos\nna\u00efve and nai\u0308f\tneg\n",
			[]string{"dev:2: 2 words of dev not in Unicode normal form NFC (here \"cafe\u0301\"), 1 of them also in that " +
				"form, as another word: normalise the files, as uconv -x nfc does"}},
		{"quotes of tsv", one("tsv", "classification", ""), "text\ty\n\"a \"\"b\"\" c\"\tpos\nc\tneg\nd\tpos\n", dev,
			[]string{`train:2: 1 text of train between quotes, which tsv keeps: remove the quotes, or use format csv with ` +
				`commas`}},
		{"swallowed lines", one("csv", "classification", ""), "text,y\n\"a" + strings.Repeat("\nb pos", 60) +
			"\",pos\nc,neg\nd,pos\n", "text,y\ndev,pos\n",
			[]string{`train:2: 1 text of train with 50 line breaks or more: ` +
				`close the quote that opens it, if it was left open`}},
		{"a label that swallowed lines", one("csv", "classification", ""), "text,y\na,\"pos\nb,neg\nc,\"\nd,pos\ne,pos\n",
			"text,y\ndev,pos\n",
			[]string{`train:2: 1 example of train with a line break in a field: close the quote that opens it, if it was ` +
				`left open`}},
		{"a text that swallowed a record", one("csv", "classification", ""),
			"text,y\n\"a,pos\nb\",neg\nc,pos\n\"two,\nlines\",neg\n", "text,y\ndev,pos\n",
			[]string{`train:2: y: 1 example with a text whose inner line ends in "pos", a label: close the quote that ` +
				`opens it, if it was left open`}},
		{"comments between blanks",
			"data: {s: {format: conll, columns: [word, y], train: train, dev: dev}}\ntasks: [{name: y, kind: tagging, " +
				"data: s, field: y, scheme: plain}]\n",
			"# newdoc\na N\n# N\n\n# newpar\nb V\n", "c N\nd V\n",
			[]string{`train:1: y: 2 lines with the word # and a label that no other word has (here "newdoc"): remove the ` +
				`lines if they are comments, which are read only where TABs divide the columns`}},
		{"withheld words", one("conll, columns: [word, y]", "tagging", ""), "_ O\n_ B-p\na O\n", "c B-p\n",
			[]string{"train:1: 2 words of train (of 3) that are _ alone: the text was withheld; merge it in, as the README " +
				"of the data describes"}},
		{"repeats", one("tsv", "classification", ""), "text\ty\na\tpos\nb\tneg\na\tpos\nb\tneg\n",
			"text\ty\na\tpos\nc\tneg\n",
			[]string{`train:4: 2 examples of train with the words of an earlier one (here train:2; also 5): remove it if ` +
				`it was not observed twice`,
				`dev:2: 1 example of dev that train has too (here train:2): remove it from one of them`}},
		{"repeats in another data set",
			"data:\n  s: {format: tsv, train: train, dev: dev}\n  o: {format: tsv, train: dev, dev: other}\ntasks:\n  - " +
				"{name: y, kind: classification, data: s, field: y}\n  - {name: z, kind: classification, data: o, field: y}\n",
			"text\ty\na\tpos\nb\tneg\n", "text\ty\nc\tpos\nd\tneg\n",
			[]string{`dev:2: 2 examples of dev in train of another data set of the job (here dev:2; also 3): remove it ` +
				`from one of them, since the tasks share what they learn`}},
		{"comments left out", "data: {s: {format: conll, columns: ['-', word, y], train: train, dev: dev}}\ntasks: " +
			"[{name: y, kind: tagging, data: s, field: y, scheme: plain}]\n",
			"# x\n# y\n1-2\tab\t_\n1\ta\tP\n2\tb\tQ\n", "1\tc\tP\n2\td\tQ\n",
			[]string{"train:1: 2 comment lines left out: # at the start of a sentence, and no TAB",
				"train:3: 1 line left out with an id such as 1-2 or 1.1: CoNLL-U's ranges and empty nodes are no words"}},
	} {
		j, raw, p := prepare(t, c.yaml, map[string]string{"train": c.train, "dev": c.dev,
			"other": "text\ty\nq\tpos\nr\tneg\n"})
		var got []string
		for _, f := range Audit(j, raw, p) {
			got = append(got, strings.ReplaceAll(f.String(), shortName(j.Dir)+"/", ""))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
}

// Every order of two tags that a scheme does not allow, with the right tag.
func TestBrokenTags(t *testing.T) {
	for _, c := range []struct{ scheme, before, tag, after, want string }{
		{"bio", "O", "I-a", "O", "continues nothing: write B-a"},
		{"bio", "B-b", "I-a", "O", "continues nothing: write B-a"},
		{"bio", "B-a", "I-a", "O", ""},
		{"bio", "O", "B-a", "O", ""},
		{"iobes", "O", "B-a", "O", "is not continued: write S-a"},
		{"iobes", "B-a", "I-a", "O", "is not continued: write E-a"},
		{"iobes", "B-a", "I-a", "B-a", "is not continued: write E-a"},
		{"iobes", "B-a", "I-a", "I-b", "is not continued: write E-a"},
		{"iobes", "O", "E-a", "O", "continues nothing: write S-a"},
		{"iobes", "S-a", "I-a", "E-a", "continues nothing: write B-a"},
		{"iobes", "B-a", "E-a", "O", ""},
		{"iobes", "E-a", "S-a", "B-a", ""},
		{"bilou", "O", "B-a", "O", "is not continued: write U-a"},
		{"bilou", "B-a", "I-a", "U-a", "is not continued: write L-a"},
		{"bilou", "L-a", "L-a", "O", "continues nothing: write U-a"},
		{"bilou", "B-a", "L-a", "O", ""},
		{"iob1", "O", "B-a", "O", "follows no span of its type: write I-a"},
		{"iob1", "I-b", "B-a", "O", "follows no span of its type: write I-a"},
		{"iob1", "I-a", "B-a", "O", ""},
		{"iob1", "O", "I-a", "O", ""},
	} {
		if got := brokenTag(c.scheme, c.before, c.tag, c.after); got != c.want {
			t.Errorf("%s: %s %s %s: got %q, want %q", c.scheme, c.before, c.tag, c.after, got, c.want)
		}
	}
}
