package data

import (
	"errors"
	"iter"
	"unicode/utf8"
)

// Characters is the name of the input of characters.
const Characters = "characters"

// characters is the spelling of words, with one id per character (code point). Id 0 is that of
// unknown characters. The characters of training follow by falling count, then by code point. A
// character with a count below minCharacters is unknown, so that training updates the row of id
// 0. A word has the ids of its first maxSpelling characters.
type characters struct {
	known []rune // known[i] has id i+1
	ids   map[rune]uint32
}

const (
	minCharacters = 2

	// maxCharacters bounds the rows of the table. The most frequent characters are kept.
	maxCharacters = 1 << 16

	maxSpelling = 64
)

func newCharacters(known []rune) *characters {
	c := &characters{known, make(map[rune]uint32, len(known))}
	for i, r := range known {
		c.ids[r] = uint32(1 + i)
	}
	return c
}

func countCharacters(words iter.Seq2[string, int]) Input {
	counts := map[rune]int{}
	for word, n := range words {
		for _, r := range word {
			counts[r] += n
		}
	}
	known := frequent(counts, minCharacters)
	return newCharacters(known[:min(len(known), maxCharacters)])
}

var errCharacters = errors.New("not a list of different characters")

func restoreCharacters(entries []string) (Input, error) {
	known := make([]rune, len(entries))
	for i, e := range entries {
		r, n := utf8.DecodeRuneInString(e)
		if n == 0 || n < len(e) {
			return nil, errCharacters
		}
		known[i] = r
	}
	c := newCharacters(known)
	if len(c.ids) < len(known) || len(known) > maxCharacters {
		return nil, errCharacters
	}
	return c, nil
}

// Size returns the number of ids.
func (c *characters) Size() int { return 1 + len(c.known) }

// Append appends an id per character.
func (c *characters) Append(dst []uint32, word string) []uint32 {
	n := 0
	for _, r := range word {
		if n++; n > maxSpelling {
			break
		}
		dst = append(dst, c.ids[r]) // 0 if r is unknown
	}
	return dst
}

// Entries lists the known characters in the order of their ids.
func (c *characters) Entries() []string {
	list := make([]string, len(c.known))
	for i, r := range c.known {
		list[i] = string(r)
	}
	return list
}
