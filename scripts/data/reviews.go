package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// domains lists the tasks by their original names. The converted files have lower-case names.
var domains = []string{"apparel", "baby", "books", "camera_photo", "dvd", "electronics", "health_personal_care", "imdb",
	"kitchen_housewares", "magazines", "MR", "music", "software", "sports_outdoors", "toys_games", "video"}

// reviewsDev is the interval of training reviews that form the dev set: every eighth.
const reviewsDev = 8

// reviews reads lines "label TAB text", each in UTF-8 or ISO 8859-1, and returns TSV with the
// columns label and text.
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
					return nil, fmt.Errorf("%s:%d: %.60q is not a label and a text", name, i+1, line)
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
		prefix := strings.ToLower(domain)
		files[prefix+".train.tsv"] = table(header, train)
		files[prefix+".dev.tsv"] = table(header, dev)
		files[prefix+".test.tsv"] = table(header, test)
	}
	return files, nil
}
