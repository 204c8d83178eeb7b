package skipgram

import "unicode/utf8"

// maxNGrams bounds the n-grams of one word; those at its end are left out.
const maxNGrams = 200

// ngrams appends the rows of a word's n-grams: first + bucket. The characters are those of <word>.
func (c Config) ngrams(dst []uint32, word string, first int) []uint32 {
	text := "<" + word + ">"
	start := len(dst)
	for i := 0; i < len(text); {
		_, size := utf8.DecodeRuneInString(text[i:])
		for n, at := 1, i; n <= c.MaxN && at < len(text); n++ {
			_, next := utf8.DecodeRuneInString(text[at:])
			at += next
			whole := i == 0 && at == len(text)
			mark := n == 1 && (i == 0 || at == len(text)) // < or > alone
			if n >= c.MinN && !mark && !whole {
				dst = append(dst, uint32(first+int(fnv(text[i:at])%uint32(c.Buckets))))
				if len(dst)-start == maxNGrams {
					return dst
				}
			}
		}
		i += size
	}
	return dst
}

// fnv is the 32-bit FNV-1a hash.
func fnv(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
