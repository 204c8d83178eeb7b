package data

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"braid/job"
)

// conllLayout describes how lines are divided into columns.
//
// If any line has a TAB, TABs divide all lines, every cell that is not empty is a word, and a
// line without a TAB that starts with # at the start of a sentence is a comment. Otherwise runs
// of blanks divide lines, there are no comments, and # is a word. No other white space divides:
// a no-break space or U+3000 is part of a word.
//
// A file is CoNLL-U if TABs divide it, the word is not the first column, and the first column
// numbers the words of each sentence from 1. Its lines with a range of words (1-2) or an empty
// node (1.1) are not words.
// Source: https://universaldependencies.org/format.html
type conllLayout struct {
	tabLine int  // the first line with a TAB; 0 if blanks divide
	ids     bool // the first column holds ids of CoNLL-U
	word    int  // index of the column of the words
	named   int  // number of columns that the job names
}

func layoutOf(d job.DataSet, text string) conllLayout {
	l := conllLayout{word: max(slices.Index(d.Columns, "word"), 0), named: len(d.Columns)}
	_ = lines(text, func(n int, line string) error {
		if l.tabLine == 0 && strings.Contains(line, "\t") && !blank(line) {
			l.tabLine = n
		}
		return nil
	})
	l.ids = l.tabLine > 0 && l.word > 0 && hasWordIDs(text)
	return l
}

// blank reports whether a line has nothing but dividers. Such a line ends a sentence.
func blank(line string) bool { return strings.Trim(line, " \t\r") == "" }

// split cuts a line into cells. Empty cells after the named columns are dropped.
func (l conllLayout) split(line string) []string {
	if l.tabLine == 0 {
		return splitWords(line)
	}
	cells := strings.Split(line, "\t")
	for len(cells) > max(l.named, 1) && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// undivided returns white space in a line that looks like a divider of columns and is not one.
func (l conllLayout) undivided(line string) string {
	for _, r := range line {
		if unicode.IsSpace(r) && r != ' ' && r != '\t' {
			return fmt.Sprintf(" (U+%04X divides none)", r)
		}
	}
	return ""
}

// splitWords cuts at blanks and TABs and at no other white space, as the tokenizer space does.
func splitWords(line string) []string { return Tokenize("space", line) }

// comment reports whether a line at the start of a sentence is a comment.
func (l conllLayout) comment(line string) bool {
	return strings.HasPrefix(line, "#") && l.tabLine > 0 && (l.ids || !strings.Contains(line, "\t"))
}

var (
	wordID  = regexp.MustCompile(`^[1-9][0-9]*$`)
	otherID = regexp.MustCompile(`^[0-9]+[-.][0-9]+$`)
)

// isWordID reports whether an id is that of a word, not of a range or an empty node.
func isWordID(id string) bool { return wordID.MatchString(id) }

// hasWordIDs reports whether the first cells of all sentences are ids of CoNLL-U, from 1.
func hasWordIDs(text string) bool {
	sound, first, any := true, true, false
	_ = lines(text, func(n int, line string) error {
		if blank(line) {
			first = true
			return nil
		}
		id, _, _ := strings.Cut(line, "\t")
		switch {
		case first && strings.HasPrefix(line, "#") || otherID.MatchString(id):
		case isWordID(id) && (!first || id == "1"):
			first, any = false, true
		default:
			sound = false
		}
		return nil
	})
	return sound && any
}
