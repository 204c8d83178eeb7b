package data

import (
	"testing"

	"braid/job"
)

// Words of text and of code have shapes of their own.
func TestShapes(t *testing.T) {
	for word, want := range map[string]struct{ text, code uint32 }{
		"kettle":             {Unknown, Unknown},
		"":                   {unknownMark, unknownMark},
		"...":                {unknownMark, unknownMark},
		"_":                  {unknownMark, unknownMark},
		"Oslo":               {unknownName, unknownName},
		"(Oslo":              {unknownName, unknownMix},
		"I":                  {unknownName, unknownName},
		"McIntyre":           {unknownName, unknownMix},
		"ReadFull":           {unknownName, unknownMix},
		"O'Neill":            {unknownName, unknownMix},
		"Jr.":                {unknownName, unknownPath},
		"St.Louis":           {unknownName, unknownPath},
		"iPhone":             {unknownMix, unknownMix},
		"al-Qaeda":           {unknownMix, unknownMix},
		"NASA":               {unknownCaps, unknownCaps},
		"U.S.":               {unknownCaps, unknownPath},
		"S.AFRICA":           {unknownCaps, unknownPath},
		"F-16":               {unknownName, unknownName},
		"31.8-percent":       {unknownDigit, unknownPath},
		"1990s":              {unknownDigit, Unknown},
		"1,000":              {unknownDigit, unknownDigit},
		"$5m":                {unknownDigit, Unknown},
		"3rd":                {unknownDigit, Unknown},
		"e.g.":               {Unknown, unknownPath},
		"example.com":        {unknownPath, unknownPath},
		"www.x.org":          {unknownPath, unknownPath},
		"http://x":           {unknownPath, Unknown},
		"@user1":             {unknownPath, Unknown},
		"file_name":          {unknownPath, unknownPath},
		"bytes.Buffer":       {unknownMix, unknownPath},
		"\u6771\u4eac":       {Unknown, unknownMark}, // letters without case
		"\u00c9lan":          {unknownName, unknownName},
		"\u041f\u0440\u0438": {unknownName, unknownName},
	} {
		if got := shapeOfText(word); got != want.text {
			t.Errorf("%q in a text has the shape %s, want %s", word, shapeNames[got], shapeNames[want.text])
		}
		if got := shapeOfCode(word); got != want.code {
			t.Errorf("%q in code has the shape %s, want %s", word, shapeNames[got], shapeNames[want.code])
		}
	}
}

// The shapes of code are those of jobs whose data sets all have a format of code.
func TestShapesOfFormat(t *testing.T) {
	p, text := prepared(t, featuresJob, map[string]string{"train.jsonl": `{"words":["a"],"y":"p"}` + "\n"})
	if got := p.Vocab.Word(p.Vocab.ID("McIntyre")); text != "" || got != "<Name>" {
		t.Errorf("%sMcIntyre of a jsonl file is %s", text, got)
	}
	for _, c := range []struct {
		sets, last string // the last data set
		want       bool
	}{
		{"{d: {format: godoc}}", "d", true},
		{"{d: {format: godoc}, e: {format: jsonl, train: x.jsonl}}", "e", false},
	} {
		j, err := job.Parse("job.yaml", []byte("data: "+c.sets+"\ntasks: [{name: x, kind: classification, "+
			"data: d, field: x}, {name: y, kind: classification, data: "+c.last+", field: y}]\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if isCode(j) != c.want {
			t.Errorf("%s is of code: %v, want %v", c.sets, !c.want, c.want)
		}
	}
}
