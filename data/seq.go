package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"braid/job"
)

// readSeq reads a directory with the files seq.in (words), seq.out (a tag per word) and label
// (a label, or several joined by #). Each has one utterance per line. The fields are tags and
// label. Blanks and TABs divide words and tags; other white space does not. One of seq.out and
// label may be missing.
func readSeq(d job.DataSet, dir string, _ noter) ([]Example, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &Error{File: dir, Msg: "no such directory",
			Mend: "name the directory that holds seq.in, seq.out and label"}
	}
	var texts [3]*string
	for i, name := range seqFiles {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && i > 0 {
			continue
		}
		text, err := readFile(path)
		if err != nil {
			return nil, err
		}
		texts[i] = &text
	}
	return parseSeq(dir, texts)
}

// seqFiles are the words, the tags and the labels.
var seqFiles = [3]string{"seq.in", "seq.out", "label"}

// parseSeq combines the lines of the three files. nil means that a file is missing.
func parseSeq(dir string, texts [3]*string) ([]Example, error) {
	var files [3][]string
	for i, text := range texts {
		if text == nil {
			continue
		}
		path := filepath.Join(dir, seqFiles[i])
		_ = lines(*text, func(n int, line string) error {
			files[i] = append(files[i], line)
			return nil
		})
		if i > 0 && len(files[i]) != len(files[0]) {
			return nil, &Error{path, min(len(files[i]), len(files[0])) + 1,
				fmt.Sprintf("%s, and seq.in has %d", plural(len(files[i]), "line"), len(files[0])),
				"give every utterance one line in each file"}
		}
	}
	if texts[1] == nil && texts[2] == nil {
		return nil, &Error{File: dir, Msg: "neither seq.out nor label is there", Mend: "add the labels"}
	}
	var examples []Example
	var empty emptyTexts
	for i, line := range files[0] {
		e := Example{Text: strings.Trim(line, " \t"), Tokens: splitWords(line), Fields: map[string]Field{},
			File: filepath.Join(dir, "seq.in"), Line: i + 1}
		empty.see(&e)
		if texts[1] != nil {
			tags := splitWords(files[1][i])
			if len(tags) != len(e.Tokens) {
				return nil, &Error{filepath.Join(dir, "seq.out"), i + 1, plural(len(tags), "tag") + " for " +
					plural(len(e.Tokens), "word"), "give every word of seq.in one tag"}
			}
			e.Fields["tags"] = Field{Kind: ListField, List: tags}
		}
		if texts[2] != nil {
			if label := strings.TrimSpace(files[2][i]); label != "" {
				e.Fields["label"] = Field{Kind: TextField, Text: label}
			}
		}
		examples = append(examples, e)
	}
	return examples, empty.err("write the utterance or remove its line from all files")
}
