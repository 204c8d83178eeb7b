package data

import (
	"fmt"
	"slices"
	"strings"

	"braid/job"
)

// cutOtherwise counts the examples whose words differ from those that the data set's tokenizer
// finds in the same text. Prediction would read other words.
func cutOtherwise(d job.DataSet, raw *RawSet) (all []Finding) {
	for _, split := range job.Splits {
		examples, count, first := raw.Split(split), 0, Finding{}
		for i := range examples {
			e := &examples[i]
			text := e.Text
			if text == "" {
				text = strings.Join(e.Tokens, " ")
			}
			got := Tokenize(d.Tokenizer, text)
			if slices.Equal(got, e.Tokens) {
				continue
			}
			if count++; count == 1 {
				at := firstDifference(got, e.Tokens)
				first = Finding{File: e.File, Line: e.Line, Msg: fmt.Sprintf("word %d, %s, is %s by tokenizer: %s", at+1,
					short(wordAt(e.Tokens, at)), short(wordAt(got, at)), d.Tokenizer)}
			}
		}
		if count > 0 {
			first.Msg += fmt.Sprintf("; %d of %d examples of %s are cut otherwise: predict with \"tokens\", or choose "+
				"data.%s.tokenizer as the texts to predict are to be cut", count, len(examples), split, d.Name)
			all = append(all, first)
		}
	}
	return all
}

func firstDifference(a, b []string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

func wordAt(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return ""
}
