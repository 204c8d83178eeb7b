package data

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Features is the name of the input of hashed word features.
const Features = "features"

// features is the input of hashed word features. The features of a word are
//
//	its normalised form  in lower case with every digit 0
//	prefixes, suffixes   of the normalised form, of affixFrom to affixTo characters
//	its shape            see appendShape
//
// A feature is identified by a 64-bit hash of its kind and text. It has an id if it occurs at
// least minFeature times in training, and is left out otherwise: a feature that only one word has
// adds nothing to the word's own vector. The ids are by falling count, then by hash.
type features struct {
	known []uint64 // by id
	ids   map[uint64]uint32
}

const (
	affixFrom, affixTo = 2, 4
	minFeature         = 2

	// maxFeatures bounds the rows of the table: 26 MB with 100 numbers per word. The most frequent
	// features are kept.
	maxFeatures = 1 << 16
)

func newFeatures(known []uint64) *features {
	f := &features{known, make(map[uint64]uint32, len(known))}
	for i, hash := range known {
		f.ids[hash] = uint32(i)
	}
	return f
}

func countFeatures(words iter.Seq2[string, int]) Input {
	counts := map[uint64]int{}
	var hashes []uint64
	for word, n := range words {
		hashes = appendFeatures(hashes[:0], word)
		for _, hash := range hashes {
			counts[hash] += n
		}
	}
	known := frequent(counts, minFeature)
	if len(known) == 0 {
		known = []uint64{0} // a table has at least one row
	}
	return newFeatures(known[:min(len(known), maxFeatures)])
}

var errFeatures = errors.New("not a list of different hashes of 16 hexadecimal digits")

func restoreFeatures(entries []string) (Input, error) {
	known := make([]uint64, len(entries))
	for i, e := range entries {
		hash, err := strconv.ParseUint(e, 16, 64)
		if err != nil || hashName(hash) != e {
			return nil, errFeatures
		}
		known[i] = hash
	}
	f := newFeatures(known)
	if len(f.ids) < len(known) || len(known) == 0 || len(known) > maxFeatures {
		return nil, errFeatures
	}
	return f, nil
}

// Size returns the number of ids.
func (f *features) Size() int { return len(f.known) }

// Append appends the ids of the word's features.
func (f *features) Append(dst []uint32, word string) []uint32 {
	var room [2 + 2*affixTo]uint64
	for _, hash := range appendFeatures(room[:0], word) {
		if id, ok := f.ids[hash]; ok {
			dst = append(dst, id)
		}
	}
	return dst
}

// Entries lists the hashes of the known features in the order of their ids.
func (f *features) Entries() []string {
	list := make([]string, len(f.known))
	for i, hash := range f.known {
		list[i] = hashName(hash)
	}
	return list
}

// hashName is a hash as 16 hexadecimal digits.
func hashName(hash uint64) string { return fmt.Sprintf("%016x", hash) }

// appendFeatures appends the hashes of a word's features. A word without characters has none.
func appendFeatures(dst []uint64, word string) []uint64 {
	if word == "" {
		return dst
	}
	var room [64]byte
	form := appendNormal(room[:0], word)
	dst = append(dst, hashFeature('w', form))
	for n, head, tail := 1, 0, len(form); n <= affixTo; n++ {
		_, first := utf8.DecodeRune(form[head:])
		_, last := utf8.DecodeLastRune(form[:tail])
		if head, tail = head+first, tail-last; tail == 0 {
			break // the affix is the whole word
		}
		if n >= affixFrom {
			dst = append(dst, hashFeature('p', form[:head]), hashFeature('s', form[tail:]))
		}
	}
	return append(dst, hashFeature('x', appendShape(form[:0], word)))
}

// hashFeature is FNV-1a of the kind of feature and its text, with 64 bits.
func hashFeature(kind byte, text []byte) uint64 {
	const offset, prime = 0xcbf29ce484222325, 0x100000001b3
	h := (offset ^ uint64(kind)) * prime
	for _, b := range text {
		h = (h ^ uint64(b)) * prime
	}
	return h
}

// appendNormal appends a word in lower case with every digit 0.
func appendNormal(dst []byte, word string) []byte {
	for _, r := range word {
		if unicode.IsDigit(r) {
			r = '0'
		}
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
	}
	return dst
}

// appendShape appends a word with its capitals as X, other letters as x, digits as 0, and marks
// outside ASCII as *. Of a run of equal characters one remains, of a run of capitals two: He is
// Xx, NASA XX, S.AFRICA X.XX, McIntyre XxXx, iPhone xXx, and 31.8-percent 0.0-x.
func appendShape(dst []byte, word string) []byte {
	var before, previous byte
	for _, r := range word {
		c := byte('*')
		switch {
		case unicode.IsUpper(r) || unicode.IsTitle(r):
			c = 'X'
		case unicode.IsLetter(r) || unicode.IsMark(r):
			c = 'x'
		case unicode.IsDigit(r):
			c = '0'
		case r < utf8.RuneSelf:
			c = byte(r)
		}
		if c != previous || c == 'X' && before != 'X' {
			dst = append(dst, c)
			before, previous = previous, c
		}
	}
	return dst
}
