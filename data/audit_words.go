package data

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"braid/job"
)

// unseen reports whether a character has no glyph and no meaning in a word.
func unseen(r rune) bool {
	return unicode.IsControl(r) || invisible(r) || r == 0x2028 || r == 0x2029 // separators of lines and of paragraphs
}

// hidden returns the first invisible character of a word. A joiner counts only at the ends,
// where it joins nothing.
func hidden(word string) (rune, bool) {
	for i, r := range word {
		joiner := r == zeroWidthJoiner || r == zeroWidthNonJoiner
		if unseen(r) || joiner && (i == 0 || i+len(string(r)) == len(word)) {
			return r, true
		}
	}
	return 0, false
}

// oddWords finds words with invisible characters, with the mark of a failed conversion, or not
// in Unicode normal form NFC, and words that were withheld.
func oddWords(set *RawSet) []Finding {
	composed := composedWords(set)
	var all []Finding
	for _, split := range job.Splits {
		w := wordAudit{composed: composed}
		examples := set.Split(split)
		for i := range examples {
			for k, word := range examples[i].Tokens {
				w.see(&examples[i], k, word)
			}
		}
		all = append(all, w.end(split)...)
	}
	return all
}

// wordAudit counts the odd words of a split.
type wordAudit struct {
	composed                            map[string]bool
	blind, broken, decomposed, withheld some
	words, alsoComposed                 int
}

func (a *wordAudit) see(e *Example, k int, word string) {
	a.words++
	if word == "_" {
		a.withheld.see(func() Finding { return Finding{File: e.File, Line: e.wordLine(k)} })
	}
	if isASCII(word) {
		return
	}
	here := func(format string, args ...any) func() Finding {
		return func() Finding { return Finding{e.File, e.wordLine(k), "", fmt.Sprintf(format, args...)} }
	}
	if r, ok := hidden(word); ok {
		a.blind.see(here("U+%04X in %s", r, short(word)))
	}
	if strings.ContainsRune(word, unicode.ReplacementChar) {
		a.broken.see(here("%s", short(word)))
	}
	if !norm.NFC.IsNormalString(word) {
		a.decomposed.see(here("%s", short(word)))
		if a.composed[norm.NFC.String(word)] {
			a.alsoComposed++
		}
	}
}

func (a *wordAudit) end(split job.Split) []Finding {
	all := a.blind.end("word",
		"of %s with characters that cannot be seen (here %s): remove the characters, which make another word of it", split,
		a.blind.first.Msg)
	if a.withheld.count*2 > a.words {
		all = append(all, a.withheld.end("word",
			"of %s (of %d) that are _ alone: the text was withheld; merge it in, as the README of the data describes", split,
			a.words)...)
	}
	all = append(all, a.broken.end("word",
		"of %s with U+FFFD (here %s): convert the source again: an earlier conversion wrote it for bytes that it could "+
			"not read",
		split, a.broken.first.Msg)...)
	all = append(all, a.decomposed.end("word",
		"of %s not in Unicode normal form NFC (here %s), %d of them also in that form, as another word: normalise the "+
			"files, as uconv -x nfc does", split, a.decomposed.first.Msg, a.alsoComposed)...)
	return all
}

// oddTexts finds texts of tsv between quotes, which the format keeps, and cells of csv that
// contain further lines because a quote is not closed.
func oddTexts(d job.DataSet, set *RawSet) []Finding {
	if d.Format != "csv" && d.Format != "tsv" {
		return nil
	}
	var all []Finding
	for _, split := range job.Splits {
		var quoted, long, broken some
		examples := set.Split(split)
		for i := range examples {
			e := &examples[i]
			here := func() Finding { return Finding{File: e.File, Line: e.Line} }
			if t := strings.TrimSpace(e.Text); d.Format == "tsv" && len(t) > 1 && strings.HasPrefix(t, `"`) &&
				strings.HasSuffix(t, `"`) {
				quoted.see(here)
			}
			if strings.Count(e.Text, "\n") >= swallowedLines {
				long.see(here)
			}
			for _, f := range e.Fields {
				if strings.Contains(f.Text, "\n") {
					broken.see(here)
					break
				}
			}
		}
		all = append(all, quoted.end("text",
			"of %s between quotes, which tsv keeps: remove the quotes, or use format csv with commas", split)...)
		all = append(all, long.end("text",
			"of %s with %d line breaks or more: close the quote that opens it, if it was left open", split, swallowedLines)...)
		all = append(all, broken.end("example",
			"of %s with a line break in a field: close the quote that opens it, if it was left open", split)...)
	}
	return all
}

// swallowedLines is the number of line breaks in a text from which a quote is probably not
// closed.
const swallowedLines = 50

// wordLine returns the line of word i.
func (e *Example) wordLine(i int) int {
	if i < len(e.Lines) {
		return e.Lines[i]
	}
	return e.Line
}

// composedWords returns the words of a data set that are in form NFC and not ASCII.
func composedWords(set *RawSet) map[string]bool {
	words := map[string]bool{}
	for _, split := range job.Splits {
		examples := set.Split(split)
		for i := range examples {
			for _, w := range examples[i].Tokens {
				if !isASCII(w) && norm.NFC.IsNormalString(w) {
					words[w] = true
				}
			}
		}
	}
	return words
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] < 0x20 || s[i] == 0x7f {
			return false
		}
	}
	return true
}
