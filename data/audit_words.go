package data

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"braid/job"
)

// unseen says that a character shows nothing and means nothing in a word.
func unseen(r rune) bool { return unicode.IsControl(r) || invisible(r) }

// hidden returns the first invisible character of a word; joiners count at its ends, where
// they join nothing.
func hidden(word string) (rune, bool) {
	for i, r := range word {
		joiner := r == zeroWidthJoiner || r == zeroWidthNonJoiner
		if unseen(r) || joiner && (i == 0 || i+len(string(r)) == len(word)) {
			return r, true
		}
	}
	return 0, false
}

// oddWords looks at the words of each split: words with characters that cannot be seen,
// with the mark of a broken encoding, or in another Unicode normal form than most; texts
// between quotes that the format does not take off; texts that swallowed lines.
func oddWords(d job.DataSet, set *RawSet) []Finding {
	composed := composedWords(set)
	var all []Finding
	for _, split := range splitNames {
		var blind, broken, decomposed, twins, quoted, swallowed some
		examples := set.Split(split)
		for i := range examples {
			e := &examples[i]
			for k, w := range e.Tokens {
				if isASCII(w) {
					continue
				}
				here := func(format string, args ...any) func() Finding {
					return func() Finding { return Finding{e.File, e.wordLine(k), "", fmt.Sprintf(format, args...)} }
				}
				if r, ok := hidden(w); ok {
					blind.see(here("U+%04X in %s", r, short(w)))
				}
				if strings.ContainsRune(w, unicode.ReplacementChar) {
					broken.see(here("%s", short(w)))
				}
				if !norm.NFC.IsNormalString(w) {
					decomposed.see(here("%s", short(w)))
					if composed[norm.NFC.String(w)] {
						twins.see(here("%s", short(w)))
					}
				}
			}
			here := func() Finding { return Finding{File: e.File, Line: e.Line} }
			if t := strings.TrimSpace(e.Text); d.Format == "tsv" && len(t) > 1 && strings.HasPrefix(t, `"`) && strings.HasSuffix(t, `"`) {
				quoted.see(here)
			}
			if d.Format == "csv" && strings.Count(e.Text, "\n") >= swallowedLines {
				swallowed.see(here)
			}
		}
		all = append(all, blind.end("word", "of %s with characters that cannot be seen (here %s): remove the characters, which make another word of it", split, blind.first.Msg)...)
		all = append(all, broken.end("word", "of %s with U+FFFD (here %s): convert the source anew; an earlier conversion wrote it for what it could not read", split, broken.first.Msg)...)
		all = append(all, decomposed.end("word", "of %s not in Unicode normal form NFC (here %s), %d of them also in that form, as another word: normalise the files, as uconv -x nfc does", split, decomposed.first.Msg, twins.count)...)
		all = append(all, quoted.end("text", "of %s between quotes, which tsv keeps: remove the quotes, or use format csv with commas", split)...)
		all = append(all, swallowed.end("text", "of %s with %d line breaks or more: close the quote that opens it, if it was left open", split, swallowedLines)...)
	}
	return all
}

// swallowedLines is how many line breaks in one cell look like a quote left open.
const swallowedLines = 50

// wordLine is the line of word i.
func (e *Example) wordLine(i int) int {
	if i < len(e.Lines) {
		return e.Lines[i]
	}
	return e.Line
}

// composedWords are the words of a data set, beyond ASCII, that are in form NFC.
func composedWords(set *RawSet) map[string]bool {
	words := map[string]bool{}
	for _, split := range splitNames {
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
