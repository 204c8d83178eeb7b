package main

import (
	"fmt"
	"strings"
)

// trecDev is the interval of training questions that form the dev set: every tenth.
const trecDev = 10

// trec reads lines "COARSE:fine question" in ISO 8859-1 and returns TSV with the columns
// coarse, fine and text. The fine class contains the coarse class, as in the corpus.
func trec(original func(string) (string, error)) (map[string]string, error) {
	read := func(name string) ([]string, error) {
		text, err := original(name)
		if err != nil {
			return nil, err
		}
		var rows []string
		for i, line := range linesOf(fromLatin1(text)) {
			fine, question, ok := strings.Cut(line, " ")
			coarse, _, colon := strings.Cut(fine, ":")
			if !ok || !colon {
				return nil, fmt.Errorf("%s:%d: %q is not a class and a question", name, i+1, line)
			}
			rows = append(rows, coarse+"\t"+fine+"\t"+question)
		}
		return rows, nil
	}
	all, err := read("train_5500.label")
	if err != nil {
		return nil, err
	}
	test, err := read("TREC_10.label")
	if err != nil {
		return nil, err
	}
	const header = "coarse\tfine\ttext"
	train, dev := split(all, trecDev)
	return map[string]string{
		"train.tsv": table(header, train),
		"dev.tsv":   table(header, dev),
		"test.tsv":  table(header, test),
	}, nil
}
