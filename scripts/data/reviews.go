package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"braid/job"
)

// domains are the tasks, as the original names them; ours are in lower case.
var domains = []string{"apparel", "baby", "books", "camera_photo", "dvd", "electronics", "health_personal_care", "imdb",
	"kitchen_housewares", "magazines", "MR", "music", "software", "sports_outdoors", "toys_games", "video"}

// reviewsDev holds out every eighth training review.
const reviewsDev = 8

// reviews reads lines "label TAB text", most of them UTF-8 and the others ISO 8859-1, and
// writes TSV with the columns label and text.
func reviews(original func(string) (string, error)) (map[string]string, error) {
	files := map[string]string{}
	for _, domain := range domains {
		read := func(part string) ([]string, error) {
			name := domain + ".task." + part
			text, err := original(name)
			if err != nil {
				return nil, err
			}
			var rows []string
			for i, line := range linesOf(text) {
				if !utf8.ValidString(line) {
					line = fromLatin1(line)
				}
				line = strings.TrimRight(line, " \r")
				if label, words, ok := strings.Cut(line, "\t"); !ok || label != "0" && label != "1" || words == "" {
					return nil, fmt.Errorf("%s:%d: %.60q is no label and text", name, i+1, line)
				}
				rows = append(rows, line)
			}
			return rows, nil
		}
		all, err := read("train")
		if err != nil {
			return nil, err
		}
		test, err := read("test")
		if err != nil {
			return nil, err
		}
		const header = "label\ttext"
		train, dev := split(all, reviewsDev)
		for part, rows := range map[job.Split][]string{job.Train: train, job.Dev: dev, job.Test: test} {
			files[strings.ToLower(domain)+"."+string(part)+".tsv"] = table(header, rows)
		}
	}
	return files, nil
}
